import { setTimeout as pause } from 'node:timers/promises';
import path from 'node:path';
import { LayoutRegistry } from '../adapters/registry/layout';
import { OciRegistry } from '../adapters/registry/oci';
import type { Clock } from '../ports/clock';
import type { Registry } from '../ports/registry';
import type { RegistryChoice } from './session';

/** The registry at a URL, or the image layouts in a folder. */
export function registryAt({ location, credentials }: RegistryChoice): Registry {
  if (!/^https?:\/\//.test(location)) return new LayoutRegistry(path.resolve(location));
  return new OciRegistry({ url: location, ...(credentials && { credentials }) });
}

export const clock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => pause(ms, undefined, { signal }),
};
