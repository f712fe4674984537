import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { VERSIONS } from '../models/recipe';
import { patiently } from '../patience';
import { placesOf, silentOf } from '../places';
import type { PromotionView } from './client';
import { modelFacts } from './model-facts';
import { modelIsReal, partsAreUp, wereAsked, type Check } from './part-checks';
import { demoPolicy, GATE } from './policy';
import { abortWasSafe, approvalWasWaitedFor, breachWasUndone } from './promotion-checks';
import { damageWasStopped, fineTuneWentLive, firstWentLive } from './promotion-checks';
import { ended, LONG_MS, push, servedEverywhere, stableDigest, type Scene } from './scene';
import { perSecond } from './traffic-monitor';

export interface StepResult {
  readonly step: number;
  readonly version: string | null;
  readonly title: string;
  readonly problems: readonly string[]; // empty: it did what it says
}
export type Play = (scene: Scene) => Promise<readonly Check[]>;

const READY_MS = 30_000; // beside a busy processor
const ASK_MS = 10_000;
const LATE_MS = 2_500; // so that the applications' counts of the last second are in

/** What is played, by the step of the demo that it belongs to. */
export const STEPS: readonly {
  readonly step: number;
  readonly version: string | null;
  readonly title: string;
  readonly play: Play;
}[] = [
  { step: 1, version: null, title: 'every part is a process of its own, and answers', play: parts },
  { step: 3, version: null, title: 'the model is real in kind and size', play: model },
  { step: 4, version: 'v1', title: 'the first version goes live everywhere', play: firstVersion },
  { step: 4, version: 'v2', title: 'a fine-tune starts by itself and goes live wave by wave', play: fineTune },
  { step: 5, version: 'v3', title: 'a fault that only ap-south meets takes every region back', play: breach },
  { step: 6, version: 'v4', title: 'damaged weights are stopped before any traffic', play: damaged },
  { step: 7, version: 'v5', title: 'an approval is waited for, and given', play: approved },
  { step: 7, version: 'v6', title: 'an abort in the middle of the canary', play: aborted },
  {
    step: 2,
    version: null,
    title: 'the applications asked from the first live version to the end',
    play: applications,
  },
];

async function parts({ stack, say }: Scene): Promise<readonly Check[]> {
  const states = stack.names.map((name) => {
    const { pid, isRunning } = stack.process(name);
    return { name, pid, isRunning };
  });
  const places = placesOf(stack.layout);
  const silent = await patiently(
    () => silentOf(places),
    ({ length }) => length === 0,
    READY_MS,
  );
  say(`${states.length} processes, the applications' own among them`);
  const unready = await patiently(
    () => unreadinessOf(stack.addresses.api),
    (told) => told === null,
    READY_MS,
  );
  return [...partsAreUp(stack.layout, states, silent), [unready === null, `the api is not ready: ${unready}`]];
}

/** What the api lacks; null: nothing. */
async function unreadinessOf(api: string): Promise<string | null> {
  const answer = await fetch(`${api}/readyz`, { signal: AbortSignal.timeout(ASK_MS) });
  return answer.ok ? null : answer.text();
}

async function model({ modelsFolder, say }: Scene): Promise<readonly Check[]> {
  const versions = VERSIONS.map(({ version }) => version);
  const facts = await Promise.all(versions.map((version) => modelFacts(modelsFolder, version)));
  for (const { version, embeddingBytes, goldenCases } of facts)
    say(`${version}: embedding ${(embeddingBytes / 2 ** 20).toFixed(1)} MiB, ${goldenCases} golden cases`);
  return modelIsReal(versions, facts);
}

async function firstVersion(scene: Scene): Promise<readonly Check[]> {
  const digest = await push(scene, 'v1', 'v1');
  await scene.operator.meridian(['promote', 'fraud', digest, '--yes'], scene.stack.person('ada'));
  const view = await ended(scene, digest);
  return [...firstWentLive({ ...view, digest }), ...(await servedEverywhere(scene, digest))];
}

async function fineTune(scene: Scene): Promise<readonly Check[]> {
  const digest = await push(scene, 'v2', 'live');
  const view = await ended(scene, digest);
  return [...fineTuneWentLive({ ...view, digest }), ...(await servedEverywhere(scene, digest))];
}

async function breach(scene: Scene): Promise<readonly Check[]> {
  const before = scene.traffic.total.errors;
  const stable = stableDigest(scene);
  const digest = await push(scene, 'v3', 'live');
  const view = await ended(scene, digest);
  await pause(LATE_MS);
  const failed = scene.traffic.total.errors - before;
  const ofCanary = scene.traffic.errorsOf(digest);
  scene.say(
    `time to safe ${view.status?.timeToSafeMs} ms; ${failed} requests failed, ${ofCanary} of them the canary's`,
  );
  const beside = { failed, ofCanary, denied: await scene.api.denied() };
  return [...breachWasUndone({ ...view, digest }, beside), ...(await servedEverywhere(scene, stable))];
}

async function damaged(scene: Scene): Promise<readonly Check[]> {
  const stable = stableDigest(scene);
  const before = scene.traffic.total.errors;
  const digest = await push(scene, 'v4', 'live');
  const view = await ended(scene, digest);
  const worst = Object.values(view.rollouts).flatMap(({ validation }) => validation?.worst ?? [])[0];
  if (worst)
    scene.say(`case ${worst.caseId}, output ${worst.output}: off by ${worst.absolute}, allowed ${worst.allowed}`);
  await pause(LATE_MS);
  const beside = { failed: scene.traffic.total.errors - before, answers: scene.traffic.answersOf(digest) };
  return [...damageWasStopped({ ...view, digest }, beside), ...(await servedEverywhere(scene, stable))];
}

async function approved(scene: Scene): Promise<readonly Check[]> {
  await scene.operator.meridian(['apply', await writePolicy(scene, true)], scene.stack.person('ada'));
  const digest = await push(scene, 'v5', 'live');
  const waiting = await scene.observer.until(digest, 'the gate', ({ status }) => waits(status, GATE), LONG_MS);
  await scene.operator.meridian(['approve', 'fraud', '--gate', GATE], scene.stack.person('grace'));
  const view = await ended(scene, digest);
  return [...approvalWasWaitedFor({ ...view, digest }, waiting, GATE), ...(await servedEverywhere(scene, digest))];
}

async function aborted(scene: Scene): Promise<readonly Check[]> {
  const stable = stableDigest(scene);
  const digest = await push(scene, 'v6', 'live');
  const isInCanary = ({ rollouts }: PromotionView) => Object.values(rollouts).some(inCanary);
  const before = await scene.observer.until(digest, 'its canary', isInCanary, LONG_MS);
  await scene.operator.meridian(['abort', 'fraud', '--reason', 'the demo changed its mind'], scene.stack.person('ada'));
  const view = await ended(scene, digest);
  scene.say(`time to safe ${view.status?.timeToSafeMs} ms`);
  return [...abortWasSafe({ ...view, digest }, before), ...(await servedEverywhere(scene, stable))];
}

/** Comes last: it is about the whole time. */
async function applications({ stack, traffic, observer, say }: Scene): Promise<readonly Check[]> {
  await pause(LATE_MS);
  for (const { region, requests, requested, forMs } of traffic.counts) {
    const [achieved, asked] = [perSecond(requests, forMs), perSecond(requested, forMs)];
    say(`${region}: ${achieved.toFixed(1)} a second of ${asked.toFixed(1)} for ${(forMs / 1_000).toFixed(0)} s`);
  }
  const regions = stack.layout.regions.map(({ id }) => id);
  return wereAsked(regions, traffic.counts, observer.views.get(Math.min(...observer.views.keys())));
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
