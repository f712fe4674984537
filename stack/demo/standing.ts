import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { EmbeddedStack } from '../embedded';
import { ApiClient } from './client';
import { hints, type Standing } from './hints';
import { GATE } from './policy';
import { TRAFFIC } from './traffic-monitor';
import { patiently } from '../patience';

const API_MS = 10_000; // it may be on its way back
type Stack = Pick<EmbeddedStack, 'addresses' | 'people' | 'layout' | 'names'>;

/** Hints for the state that a stack is in; without the api nobody knows it, and the stack stays up all the same. */
export async function hintsOf(stack: Stack, models: string, forMs = API_MS): Promise<readonly string[]> {
  try {
    return hints(
      await patiently(
        () => standingOf(stack, models),
        () => true,
        forMs,
      ),
    );
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    return ['', `no hints: the api does not answer (${why}); the stack stays up until Ctrl-C`];
  }
}

/** What is live and what is denied now, as the api says: it decides which hints are of use. */
async function standingOf({ addresses, people, layout, names }: Stack, models: string): Promise<Standing> {
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
    hasTraffic: names.includes(TRAFFIC),
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
