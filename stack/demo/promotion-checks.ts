import type { PromotionView } from './client';
import type { Check } from './part-checks';

/** What a promotion looked like when it had ended, and what was met beside it. */
export interface Played extends PromotionView {
  readonly digest: string; // of the version as it was pushed
}
type Rollout = PromotionView['rollouts'][string];

/** Step 4, `v1`: live everywhere, by absolute limits, for there is nothing to compare with. Pure. */
export function firstWentLive(played: Played): readonly Check[] {
  const steps = Object.values(played.rollouts).flatMap((rollout) => rollout.steps);
  return [
    ...endedLive(played),
    [steps.every(({ weightPct }) => weightPct === 100), 'a first version had a canary'],
    ...healthy(played),
  ];
}

/** Step 4, `v2`: started by its digest in the registry, live wave by wave, with verdicts from counted requests. Pure. */
export function fineTuneWentLive(played: Played): readonly Check[] {
  const { status, rollouts } = played;
  const weights = Object.entries(rollouts).map(([region, { steps }]): Check => {
    const all = steps.map(({ weightPct }) => weightPct).join(' ');
    return [all === '5 25 50 100', `the weights of ${region} were ${all}`];
  });
  return [
    ...endedLive(played),
    [status?.starter === 'registry', `it was started by ${status?.starter}, not by the registry`],
    ...weights,
    ...healthy(played),
    ...waveByWave(played),
  ];
}

/** Step 5, `v3`: what only `ap-south` meets takes every region back, `eu-north` from live. Pure. */
export function breachWasUndone(
  played: Played,
  beside: { readonly failed: number; readonly ofCanary: number; readonly denied: readonly string[] },
): readonly Check[] {
  const { status, rollouts, digest } = played;
  const { failed, ofCanary, denied } = beside;
  const ours = rollouts['ap-south'];
  const breachAtMs = ours?.breachAtMs ?? NaN;
  const others = Object.entries(rollouts).filter(([region]) => region !== 'ap-south');
  const liveAtMs = enteredAtMs(rollouts['eu-north'], 'live') ?? NaN;
  const undoneAtMs = enteredAtMs(rollouts['eu-north'], 'rolling-back') ?? NaN;
  return [
    ...wentBack(played, 'breach'),
    [status?.reason?.text.startsWith('ap-south: ') === true, `the reason is not ap-south's: ${status?.reason?.text}`],
    [ours?.reason?.kind === 'breach' && breachAtMs > 0, 'ap-south breached nothing'],
    [ours?.steps.at(-1)?.verdict === 'regressed', `the last verdict in ap-south is ${ours?.steps.at(-1)?.verdict}`],
    ...others.map(([region, one]): Check => [one.breachAtMs === null, `${region} breached too`]),
    [liveAtMs <= breachAtMs, 'eu-north was not live when ap-south breached: no region that was live was undone'],
    [undoneAtMs >= breachAtMs, 'eu-north was not taken back from live'],
    [enteredAtMs(rollouts['us-east'], 'canary') !== undefined, 'us-east was in no canary'],
    [isTime(status?.timeToSafeMs), 'the time to safe was not recorded'],
    [failed > 0 && failed === ofCanary, `${failed} requests failed, ${ofCanary} of them the canary's`],
    [denied.includes(digest), 'its digest is not on the deny list'],
  ];
}

/** Step 6, `v4`: stopped by its golden set, before any traffic. Pure. */
export function damageWasStopped(
  played: Played,
  beside: { readonly failed: number; readonly answers: number }, // answers: what applications got from it
): readonly Check[] {
  const { rollouts, digest } = played;
  const found = Object.values(rollouts).flatMap(({ validation }) => (validation ? [validation] : []));
  const worst = found.flatMap((evidence) => evidence.worst)[0];
  const exposed = Object.values(rollouts).some(({ phases, weightPct }) =>
    phases.some(({ phase }) => ['canary', 'flipping', 'baking', 'live'].includes(phase) || weightPct > 0),
  );
  return [
    ...wentBack(played, 'validation'),
    [found.length > 0 && found.every(({ freight }) => freight === digest), 'the evidence is not of this version'],
    [found.some(({ cases, agreed }) => agreed < cases), 'every golden case agreed'],
    [Boolean(worst?.caseId && worst.output), 'the evidence names no case and output'],
    [worst !== undefined && !(worst.absolute <= worst.allowed), 'the evidence names no error above what is allowed'],
    [!exposed, 'it met traffic'],
    [beside.answers === 0, `${beside.answers} requests reached it`],
    [beside.failed === 0, `${beside.failed} requests failed`],
  ];
}

/** Step 7, `v5`: the whole second wave waited, until a person with a key said yes. Pure. */
export function approvalWasWaitedFor(played: Played, waiting: PromotionView, gate: string): readonly Check[] {
  const second = waiting.status?.regions.filter(({ region }) => region !== 'eu-north') ?? [];
  const held = second.length === 2 && second.every(({ phase }) => phase === 'awaiting');
  const closed = waiting.status?.gates.some((one) => one.gate.id === gate && !one.open && one.approvedBy.length === 0);
  const given = played.status?.gates.find((one) => one.gate.id === gate);
  return [
    [held, 'not every region of the second wave waited at the gate'],
    [closed === true, 'the gate was not closed while they waited'],
    [given?.approvedBy.includes('grace') === true, 'the approval is not on record'],
    ...endedLive(played),
    ...waveByWave(played),
  ];
}

/** Step 7, `v6`: aborted while a canary had requests; every region as found. Pure. */
export function abortWasSafe(played: Played, before: PromotionView): readonly Check[] {
  const weighted = Object.values(before.rollouts).filter(({ phase, weightPct }) => phase === 'canary' && weightPct > 0);
  const fromCanary = weighted.filter(({ region }) => phaseBefore(played.rollouts[region], 'rolling-back') === 'canary');
  return [
    [weighted.length > 0, 'no region was in the middle of its canary'],
    [fromCanary.length > 0, 'no region went back from its canary'],
    ...wentBack(played, 'aborted'),
    [isTime(played.status?.timeToSafeMs), 'the time to safe was not recorded'],
  ];
}

function endedLive({ status, rollouts, digest }: Played): readonly Check[] {
  return [
    [status?.digest === digest, `the promotion is of ${status?.digest}, not of ${digest}`],
    [status?.outcome === 'live', `it ended ${status?.outcome}: ${status?.reason?.text ?? ''}`],
    ...everyRegion({ status, rollouts }, 'live'),
  ];
}

function wentBack({ status, rollouts, digest }: Played, kind: string): readonly Check[] {
  const began = status?.regions.filter(({ phase }) => phase !== 'pending') ?? [];
  return [
    [status?.digest === digest, `the promotion is of ${status?.digest}, not of ${digest}`],
    [status?.outcome === 'rolled-back', `it ended ${status?.outcome}`],
    [status?.reason?.kind === kind, `the reason is ${status?.reason?.kind}: ${status?.reason?.text}`],
    [began.length > 0, 'no region had begun'],
    ...began.map(({ region }): Check => {
      return [rollouts[region]?.outcome === 'rolled-back', `${region} ended ${rollouts[region]?.outcome}`];
    }),
  ];
}

/** Of every region that the waves name. */
function everyRegion({ status, rollouts }: Pick<PromotionView, 'status' | 'rollouts'>, outcome: string) {
  const regions = status?.waves.flat() ?? [];
  return [
    [regions.length === 3, `${regions.length} regions took part`],
    ...regions.map((region): Check => {
      return [rollouts[region]?.outcome === outcome, `${region} ended ${rollouts[region]?.outcome}`];
    }),
  ] as const;
}

/** Every region has a verdict, all are healthy, and each under a weight rests on requests that the canary answered. */
function healthy({ rollouts }: Played): readonly Check[] {
  return Object.entries(rollouts).flatMap(([region, { steps }]) => [
    [steps.length > 0, `there is no verdict in ${region}`] as const,
    ...steps.flatMap(({ weightPct, verdict, evidence }): readonly Check[] => [
      [verdict === 'healthy', `the verdict in ${region} at ${weightPct} % is ${verdict}`],
      [(evidence?.canary.requests ?? 0) > 0, `the verdict in ${region} at ${weightPct} % rests on no request`],
    ]),
  ]);
}

/** No region of a wave began before every region of the wave before it was live. */
function waveByWave({ status, rollouts }: Played): readonly Check[] {
  const waves = status?.waves ?? [];
  const checks: Check[] = [[waves.length === 2, `there were ${waves.length} waves`]];
  for (const [index, regions] of waves.entries()) {
    const before = (waves[index - 1] ?? []).map((region) => enteredAtMs(rollouts[region], 'live') ?? NaN);
    for (const region of regions) {
      const beganAtMs = rollouts[region]?.phases[0]?.atMs ?? NaN;
      const followed = before.every((liveAtMs) => liveAtMs <= beganAtMs);
      checks.push([followed, `${region} began before wave ${index} was live`]);
    }
  }
  return checks;
}

function enteredAtMs(rollout: Rollout | undefined, phase: string): number | undefined {
  return rollout?.phases.find((entered) => entered.phase === phase)?.atMs;
}

function phaseBefore(rollout: Rollout | undefined, phase: string): string | undefined {
  const phases = rollout?.phases.map((entered) => entered.phase as string) ?? [];
  return phases[phases.indexOf(phase) - 1];
}

function isTime(ms: number | null | undefined): boolean {
  return typeof ms === 'number' && ms >= 0;
}
