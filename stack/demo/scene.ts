import path from 'node:path';
import type { EmbeddedStack } from '../embedded';
import { isOver, type ApiClient, type PromotionView } from './client';
import type { Operator } from './cli';
import type { Observer } from './observer';
import type { Check } from './part-checks';
import type { TrafficMonitor } from './traffic-monitor';

/** What the steps are played with. */
export interface Scene {
  readonly stack: EmbeddedStack;
  readonly api: ApiClient;
  readonly operator: Operator;
  readonly observer: Observer;
  readonly traffic: TrafficMonitor;
  readonly modelsFolder: string;
  readonly configFile: string; // the installed model file's source, for `apply`
  readonly say: (line: string) => void;
}
export const LONG_MS = 240_000; // the whole of a promotion, extended bakes included

/** Pushes a version; with the tag that the model follows, the registry's word starts it. @returns its digest */
export async function push(
  { operator, stack, modelsFolder, say }: Scene,
  version: string,
  tag: string,
): Promise<string> {
  const source = ['--registry', stack.addresses.registry, '--repository', 'models/fraud', '--tag', tag];
  const named = [path.join(modelsFolder, version), '--model', 'fraud', '--version', version];
  const { digest } = await operator.meridian<{ digest: string }>(['push', ...named, ...source]);
  say(`${version} pushed as ${digest.slice(0, 19)}`);
  return digest;
}

/** The end of the promotion and of all its rollouts. */
export async function ended({ observer }: Scene, digest: string): Promise<PromotionView> {
  return observer.until(digest, 'its end', isOver, LONG_MS);
}

/** Asks each gateway, as an application would, which version answers. */
export async function servedEverywhere({ stack }: Scene, digest: string | undefined): Promise<readonly Check[]> {
  if (digest === undefined) return [[false, 'there was no version before it']];
  const checks: Check[] = [];
  for (const [region, url] of Object.entries(stack.addresses.gateways)) {
    const answer = await fetch(`${url}/v2/models/fraud`, { signal: AbortSignal.timeout(5_000) }).catch((err: unknown) =>
      String(err),
    );
    const version = typeof answer === 'string' ? answer : answer.headers.get('x-model-version');
    checks.push([version === digest, `${region} serves ${version}, not ${digest}`]);
  }
  return checks;
}

/** What the last promotion that ended live brought. */
export function stableDigest({ observer }: Scene): string | undefined {
  const live = [...observer.views.values()].filter(({ status }) => status?.outcome === 'live');
  return live.at(-1)?.status?.digest;
}
