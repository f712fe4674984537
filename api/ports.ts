import type { Fleet } from '../domain/fleet';
import type { Clock } from '../ports/clock';
import type { Configuration } from '../ports/configuration';
import type { Manifest } from '../ports/manifest';
import type { Registry } from '../ports/registry';
import type { EngineClient } from './engine-client';

/** Everything the api needs from the world. None of it is in a region: regions dial out, nothing dials in. */
export interface ApiPorts {
  readonly engine: EngineClient;
  readonly manifest: Manifest;
  readonly configuration: Configuration;
  readonly registryOf: (fleet: Fleet) => Registry;
  readonly clock: Clock;
}
/** What decides who may call what. */
export interface Secrets {
  readonly hook: string | null; // what registries send; null: hooks are refused
  readonly token: string | null; // for changing the configuration; null: none is set
  readonly isLocal: boolean; // only this computer reaches the api: then the configuration may be changed without a token
}
