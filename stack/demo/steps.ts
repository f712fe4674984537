import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import path from 'node:path';
import type { EmbeddedStack } from '../embedded';
import type { ApiClient, PromotionView } from './client';
import type { Operator } from './cli';
import type { Observer } from './observer';
import { demoPolicy } from './policy';
import type { TrafficMonitor } from './traffic-monitor';

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
export interface StepResult {
  readonly step: number;
  readonly version: string;
  readonly title: string;
  readonly problems: readonly string[]; // empty: it did what it says
}
type Check = readonly [holds: boolean, problem: string];

const LONG_MS = 240_000; // the whole of a promotion, extended bakes included

/** What is played, by the step of the demo that it belongs to (1 to 3 are the stack, its applications and the model itself). */
export const STEPS: readonly {
  readonly step: number;
  readonly version: string;
  readonly title: string;
  readonly play: Play;
}[] = [
  { step: 4, version: 'v1', title: 'the first version goes live everywhere', play: firstVersion },
  { step: 4, version: 'v2', title: 'a fine-tune starts by itself and goes live wave by wave', play: fineTune },
  { step: 5, version: 'v3', title: 'a fault that only ap-south meets takes every region back', play: breach },
  { step: 6, version: 'v4', title: 'damaged weights are stopped before any traffic', play: damaged },
  { step: 7, version: 'v5', title: 'an approval is waited for, and given', play: approved },
  { step: 7, version: 'v6', title: 'an abort in the middle of the canary', play: aborted },
];
type Play = (scene: Scene) => Promise<readonly Check[]>;

/** Pushes a version; from there the registry's word starts it. @returns its digest */
async function push({ operator, stack, modelsFolder, say }: Scene, version: string, tag: string): Promise<string> {
  const source = ['--registry', stack.addresses.registry, '--repository', 'models/fraud', '--tag', tag];
  const folder = path.join(modelsFolder, version);
  const { digest } = await operator.meridian<{ digest: string }>([
    'push',
    folder,
    '--model',
    'fraud',
    '--version',
    version,
    ...source,
  ]);
  say(`${version} pushed as ${digest.slice(0, 19)}`);
  return digest;
}

async function firstVersion(scene: Scene): Promise<readonly Check[]> {
  const digest = await push(scene, 'v1', 'v1');
  await scene.operator.meridian(['promote', 'fraud', digest, '--yes'], scene.stack.person('ada'));
  const { status, rollouts } = await ended(scene, digest);
  return [
    [status?.outcome === 'live', `it ended ${status?.outcome}`],
    [
      Object.values(rollouts).every(({ steps }) => steps.every(({ weightPct }) => weightPct === 100)),
      'a first version had a canary',
    ],
    ...(await servedEverywhere(scene, digest)),
  ];
}

async function fineTune(scene: Scene): Promise<readonly Check[]> {
  const digest = await push(scene, 'v2', 'live');
  const { status, rollouts } = await ended(scene, digest);
  const weights = Object.values(rollouts).map(({ steps }) => steps.map(({ weightPct }) => weightPct).join(' '));
  return [
    [status?.outcome === 'live', `it ended ${status?.outcome}: ${status?.reason?.text ?? ''}`],
    [status?.starter === 'registry', `it was started by ${status?.starter}, not by the registry`],
    [weights.every((all) => all === '5 25 50 100'), `weights were ${weights.join(' | ')}`],
    ...(await servedEverywhere(scene, digest)),
  ];
}

async function breach(scene: Scene): Promise<readonly Check[]> {
  const before = scene.traffic.total.errors;
  const stable = stableDigest(scene);
  const digest = await push(scene, 'v3', 'live');
  const view = await ended(scene, digest);
  const { status, rollouts } = view;
  await pause(2_500); // so that the applications' counts of the last second are in
  const failed = scene.traffic.total.errors - before;
  const ofCanary = scene.traffic.errorsOf(digest);
  scene.say(`time to safe ${status?.timeToSafeMs} ms; ${failed} requests failed, ${ofCanary} of them the canary's`);
  return [
    [status?.outcome === 'rolled-back', `it ended ${status?.outcome}`],
    [status?.reason?.kind === 'breach', `the reason is ${status?.reason?.kind}: ${status?.reason?.text}`],
    [wasLive(view, 'eu-north'), 'eu-north was not live when ap-south breached: no region that was live was undone'],
    [rollouts['us-east']?.phases.some(({ phase }) => phase === 'canary') === true, 'us-east was in no canary'],
    [failed > 0 && failed === ofCanary, `${failed} requests failed, ${ofCanary} of them the canary's`],
    [(await scene.api.denied()).includes(digest), 'its digest is not on the deny list'],
    [stable !== undefined, 'there was no version before it'],
    ...(stable ? await servedEverywhere(scene, stable) : []),
  ];
}

async function damaged(scene: Scene): Promise<readonly Check[]> {
  const stable = stableDigest(scene);
  const before = scene.traffic.total.errors;
  const digest = await push(scene, 'v4', 'live');
  const { status, rollouts } = await ended(scene, digest);
  const worst = Object.values(rollouts).flatMap(({ validation }) => validation?.worst ?? [])[0];
  const weighted = Object.values(rollouts).some(({ phases }) =>
    phases.some(({ phase }) => phase === 'canary' || phase === 'flipping'),
  );
  if (worst)
    scene.say(`case ${worst.caseId}, output ${worst.output}: off by ${worst.absolute}, allowed ${worst.allowed}`);
  return [
    [status?.outcome === 'rolled-back', `it ended ${status?.outcome}`],
    [status?.reason?.kind === 'validation', `the reason is ${status?.reason?.kind}: ${status?.reason?.text}`],
    [!weighted, 'it met traffic'],
    [worst !== undefined, 'the evidence names no worst error'],
    [scene.traffic.total.errors === before, 'requests failed'],
    ...(stable ? await servedEverywhere(scene, stable) : []),
  ];
}

async function approved(scene: Scene): Promise<readonly Check[]> {
  await scene.operator.meridian(['apply', await writePolicy(scene, true)], scene.stack.person('ada'));
  const digest = await push(scene, 'v5', 'live');
  const waiting = await scene.observer.until(
    digest,
    'the gate',
    ({ status }) => waits(status, 'change-board'),
    LONG_MS,
  );
  const second = waiting.status?.regions.filter(({ region }) => region !== 'eu-north') ?? [];
  const held = second.length === 2 && second.every(({ phase }) => phase === 'awaiting');
  await scene.operator.meridian(['approve', 'fraud', '--gate', 'change-board'], scene.stack.person('grace'));
  const { status } = await ended(scene, digest);
  return [
    [held, 'not every region of the second wave waited at the gate'],
    [status?.outcome === 'live', `it ended ${status?.outcome}: ${status?.reason?.text ?? ''}`],
    [status?.gates[0]?.approvedBy.includes('grace') === true, 'the approval is not on record'],
    ...(await servedEverywhere(scene, digest)),
  ];
}

async function aborted(scene: Scene): Promise<readonly Check[]> {
  const stable = stableDigest(scene);
  const digest = await push(scene, 'v6', 'live');
  await scene.observer.until(digest, 'its canary', ({ rollouts }) => Object.values(rollouts).some(inCanary), LONG_MS);
  await scene.operator.meridian(['abort', 'fraud', '--reason', 'the demo changed its mind'], scene.stack.person('ada'));
  const { status } = await ended(scene, digest);
  scene.say(`time to safe ${status?.timeToSafeMs} ms`);
  return [
    [status?.outcome === 'rolled-back', `it ended ${status?.outcome}`],
    [status?.reason?.kind === 'aborted', `the reason is ${status?.reason?.kind}`],
    [typeof status?.timeToSafeMs === 'number', 'the time to safe was not recorded'],
    ...(stable ? await servedEverywhere(scene, stable) : []),
  ];
}

async function ended({ observer }: Scene, digest: string): Promise<PromotionView> {
  return observer.until(
    digest,
    'its end',
    ({ status, rollouts }) => {
      const open = Object.values(rollouts).some(({ phase }) => phase !== 'ended');
      return status?.phase === 'ended' && !open;
    },
    LONG_MS,
  );
}

/** Asks each gateway, as an application would, which version answers. */
async function servedEverywhere({ stack }: Scene, digest: string): Promise<readonly Check[]> {
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
function stableDigest({ observer }: Scene): string | undefined {
  const live = [...observer.views.values()].filter(({ status }) => status?.outcome === 'live');
  return live.at(-1)?.status?.digest;
}

function wasLive({ rollouts }: PromotionView, region: string): boolean {
  return (
    rollouts[region]?.phases.some(({ phase }) => phase === 'live') === true &&
    rollouts[region]?.outcome === 'rolled-back'
  );
}

function inCanary({ phase, weightPct }: PromotionView['rollouts'][string]): boolean {
  return phase === 'canary' && weightPct >= 25;
}

function waits(status: PromotionView['status'], gate: string): boolean {
  const regions = status?.regions.filter(({ phase }) => phase === 'awaiting').length ?? 0;
  return status?.gates.some((one) => one.gate.id === gate && one.expiresAtMs !== null) === true && regions === 2;
}

async function writePolicy({ configFile }: Scene, gated: boolean): Promise<string> {
  await writeFile(configFile, demoPolicy({ gated }));
  return configFile;
}
