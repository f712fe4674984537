import { Stage } from './stack';
import { phaseAt } from './stack-promotion';
import { everywhere, given, liveByManifest, servedIn, unexplainedFailures, when, type HeldPhase } from './stack-steps';

export const EU = 'eu-north';
/** Every kind of process of a stack; those of a region by its first one. */
export const KINDS = [
  ...['temporal', 'manifest', 'api', 'hub store', 'registry', 'control worker'],
  ...['store', 'worker', 'gateway', 'runtime'].map((kind) => `${EU} ${kind}`),
];
/** In which phase of one promotion which process is killed, in order. */
export type Kills = readonly (readonly [phase: HeldPhase, name: string])[];
const LEAST_ANSWERS = 500; // three regions with some sixty requests a second, over many seconds

export function openKillStage(): Promise<Stage> {
  return Stage.open({ policy: { steps: [{ weightPct: 50, bake: '6s' }] } });
}

/** Kills processes under one promotion and starts them again: it ends live or as found, and no request fails that need not. */
export async function killTest(stage: Stage, kills: Kills): Promise<void> {
  const sinceMs = Date.now();
  const { answers } = stage.traffic;
  const promotion = await given(stage).promotion();

  const killed: { readonly phase: HeldPhase; readonly atMs: number }[] = [];
  for (const [phase, name] of kills) {
    const letGo = await when(stage).standsIn(promotion, phase, EU);
    killed.push({ phase, atMs: await when(stage).killedAndStartedAgain(name, letGo) });
  }

  const { status, rollouts } = await promotion.ended();
  const rollout = rollouts[EU];
  expect(killed.map(({ atMs }) => rollout && phaseAt(rollout, atMs))).toEqual(killed.map(({ phase }) => phase));
  expect(['live', 'rolled-back']).toContain(status?.outcome);
  if (kills.some(([phase]) => phase === 'rolling-back')) expect(status?.outcome).toBe('rolled-back');
  const expected = everywhere(status?.outcome === 'live' ? promotion.digest : promotion.found);
  expect(await servedIn(stage)).toEqual(expected);
  expect(await unexplainedFailures(stage, sinceMs)).toEqual([]);
  expect(stage.traffic.answers - answers).toBeGreaterThan(LEAST_ANSWERS);
  expect(await liveByManifest(stage)).toEqual(expected);
}
