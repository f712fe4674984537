import type { Fleet } from '../domain/fleet';
import type { Region } from '../domain/fleet';
import type { ModelCache } from './cache';
import type { Clock } from './clock';
import type { Configuration } from './configuration';
import type { Engine } from './engine';
import type { Inference } from './inference';
import type { Manifest } from './manifest';
import type { Metrics } from './metrics';
import type { Notifier } from './notifier';
import type { ObjectStore } from './object-store';
import type { Registry } from './registry';
import type { RouterNode } from './router';

/** Everything one region's activities need from the world. */
export interface RegionPorts {
  readonly region: Region;
  readonly hub: ObjectStore; // read-only
  readonly regional: ObjectStore;
  readonly cache: ModelCache;
  readonly inference: Inference;
  readonly routers: readonly RouterNode[];
  readonly metrics: Metrics;
  readonly clock: Clock;
}
/** Everything the control side's activities need from the world. */
export interface ControlPorts {
  readonly hub: ObjectStore;
  readonly registryOf: (fleet: Fleet) => Registry;
  readonly manifest: Manifest;
  readonly configuration: Configuration;
  readonly engine: Engine;
  readonly notifier: Notifier;
  readonly clock: Clock;
}
