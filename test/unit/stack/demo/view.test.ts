import { parseDigest, parseModelName, parseRegionId } from '../../../../domain/ids';
import type { PromotionView } from '../../../../stack/demo/client';
import { reportOf } from '../../../../stack/demo/report';
import { frame } from '../../../../stack/demo/view';
import type { PromotionStatus, RolloutStatus } from '../../../../workflows/contract';

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);
const [EU, IN] = [parseRegionId('eu-north'), parseRegionId('ap-south')];

function rollout(region: typeof EU, change: Partial<RolloutStatus> = {}): RolloutStatus {
  const phases = [{ phase: 'reserving', atMs: 1_000 } as const, { phase: 'canary', atMs: 3_500 } as const];
  const none = {
    outcome: null,
    reason: null,
    found: null,
    validation: null,
    heldUntilMs: null,
    unreachableSinceMs: null,
  };
  const bytes = { bytesTotal: 100, bytesMoved: 40, replicateMs: 7 };
  const rest = { steps: [], waitsFor: '', notUndone: [], breachAtMs: null, safeAtMs: null };
  return { region, attempt: 1, phase: 'canary', phases, weightPct: 5, ...none, ...bytes, ...rest, ...change };
}

function view(
  change: Partial<PromotionStatus> = {},
  rollouts: readonly RolloutStatus[] = [rollout(EU)],
): PromotionView {
  const region = { region: EU, attempt: 1, phase: 'canary', outcome: null, reason: null } as const;
  const regions = [
    { ...region, unreachableSinceMs: null, safeAtMs: null },
    { ...region, region: IN, phase: 'pending' as const, unreachableSinceMs: null, safeAtMs: null },
  ];
  const status: PromotionStatus = {
    ...{
      id: 'promotion/fraud/2',
      model: parseModelName('fraud'),
      epoch: 2,
      digest: DIGEST,
      version: 'v2',
      planHash: DIGEST,
    },
    ...{ starter: 'registry', phase: 'rolling-out', waitsFor: '', paused: false, committed: false, outcome: null },
    ...{ reason: null, startedAtMs: 1_000, deadlineAtMs: 9_000, timeToSafeMs: null, waves: [[EU], [IN]], wave: 1 },
    ...{ regions, gates: [], ...change },
  };
  return { status, rollouts: Object.fromEntries(rollouts.map((one) => [one.region, one])), live: {}, problems: {} };
}

describe('the demo', () => {
  it('shows promotion, wave, region, weight and what it waits for', () => {
    const shown = frame(view({ waitsFor: 'gate change-board: 0 of 1 approvals' }), 'step 7 of 7', [], 61_000);
    expect(shown[0]).toBe('1:01  step 7 of 7');
    expect(shown.join('\n')).toContain('fraud v2 (aaaaaaaaaaaa)  wave 1 of 2');
    expect(shown.join('\n')).toMatch(/eu-north {3}canary +5 %/);
    expect(shown.join('\n')).toContain('waits for gate change-board: 0 of 1 approvals');
  });

  it('fits 80 columns whatever a reason says', () => {
    const reason = { kind: 'breach', text: 'x'.repeat(500) } as const;
    const lines = frame(view({ reason }), 'y'.repeat(200), [], 0);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
  });

  it('shows since when a region cannot be reached', () => {
    const lines = frame(view({}, [rollout(EU, { unreachableSinceMs: 0 })]), '', [], 0);
    expect(lines.join('\n')).toContain('unreachable since 1970-01-01T00:00:00.000Z');
  });

  it('reports each region with its phases, bytes and counted steps, and errors by who caused them', () => {
    const counts = { requests: 26, errors: 5, slow: [], distinctClients: 3 };
    const evidence = { canary: counts, stable: { ...counts, errors: 0 }, baseline: 'concurrent' } as const;
    const judged = {
      ...evidence,
      weightPct: 5,
      lnE: [7],
      alphaPerTest: 0.001,
      absoluteBound: null,
      ratioBound: null,
      k: null,
    };
    const step = { weightPct: 5, verdict: 'regressed', reasons: [], evidence: judged, extensions: 0 };
    const ended = view({ outcome: 'rolled-back', phase: 'ended' }, [
      rollout(EU, { steps: [step], outcome: 'rolled-back' }),
    ]);
    const region = 'eu-north';
    const failed = (atMs: number, version: string | null) => ({ region, sentAtMs: atMs, endedAtMs: atMs, version });
    const ofCanary = Array.from({ length: 5 }, (_, index) => failed(index, DIGEST));
    const failures = [...ofCanary, failed(500, null), failed(990, null)];
    const total = { requests: 100, errors: 7, unanswered: 2, requestedPerSecond: 110, achievedPerSecond: 100.04 };
    const server = { path: 'p', version: '1', source: 'cache', why: '' };
    const report = reportOf({
      ...{
        servers: { temporal: server, versitygw: null, registry: null },
        choices: { store: 'filesystem', registry: 'layout' },
      },
      ...{ setupMs: 1, readyMs: 2, views: [ended], traffic: { failures, total } },
      downtimes: [
        { name: 'eu-north gateway', fromMs: 400, toMs: 600 },
        { name: 'us-east gateway', fromMs: 900, toMs: null },
      ],
    });
    expect(report.promotions[0]?.durationMs).toBe(2_500);
    expect(report.promotions[0]?.regions[0]).toMatchObject({
      ...{ id: 'eu-north', outcome: 'rolled-back', phases: ['reserving', 'canary'], bytesMoved: 40 },
      steps: [
        {
          weightPct: 5,
          verdict: 'regressed',
          canary: { requests: 26, errors: 5 },
          stable: { requests: 26, errors: 0 },
        },
      ],
    });
    expect(report.traffic).toMatchObject({ errors: 7, errorsWhileDown: 1, errorsOnStable: 1, achievedPerSecond: 100 });
  });
});
