import { setTimeout as pause } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AesGcmCodec } from '../adapters/payload-codec/aes-gcm';
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

/** What reads and writes Temporal's payloads where they are encrypted. @param keyFile as the workers' `MERIDIAN_CODEC_KEY_FILE` */
export function temporalConverter(keyFile: string | undefined) {
  if (!keyFile) return {};
  return { dataConverter: { payloadCodecs: [new AesGcmCodec(readFileSync(keyFile, 'utf8').trim())] } };
}

export const clock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => pause(ms, undefined, { signal }),
};
