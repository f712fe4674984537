import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { EmbeddedStack } from '../embedded';
import { ApiClient } from './client';
import type { Standing } from './hints';
import { GATE } from './policy';

/** What is live and what is denied now, as the api says: it decides which hints are of use. */
export async function standingOf({ addresses, people, layout }: EmbeddedStack, models: string): Promise<Standing> {
  const { live, denied } = await new ApiClient(addresses.api, 'fraud').standing();
  const policy = await readFile(path.join(layout.config, 'models', 'fraud.yaml'), 'utf8').catch(() => '');
  const { api, registry, gateways } = addresses;
  return {
    api,
    registry,
    gateways,
    people,
    live,
    denied,
    gated: policy.includes(GATE),
    modelsFolder: newestIn(models),
  };
}

/** The demo's models that were made last; null: none were made yet. */
function newestIn(models: string): string | null {
  const names = existsSync(models) ? readdirSync(models) : [];
  const made = names.map((name) => path.join(models, name, 'index.json')).filter((index) => existsSync(index));
  const newest = made.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  return newest === undefined ? null : path.dirname(newest);
}
