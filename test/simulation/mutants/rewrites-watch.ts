import type { Rewrites } from './rewrites';

const act = (rule: string, from: string, to: string) => ({ rule, rewrite: { under: 'activities', from, to } });
const flow = (rule: string, from: string, to: string) => ({ rule, rewrite: { under: 'workflows', from, to } });

/** Contract 5: orders, the watch, its lease and its counts. */
export const WATCH_REWRITES: Rewrites = {
  'a lapsed lease that is a fault': flow('contract 5: entered again twice', 'const ENTRIES = 3;', 'const ENTRIES = 1;'),
  'a gate that nobody watches': flow(
    'contract 5: a watch at each gate with a weight',
    'stop = await this.guardUntil(() => orders.mayPass(next));',
    'stop = await condition(() => orders.mayPass(next)).then(() => null);',
  ),
  'a flipped stable that nobody guards': flow(
    'contract 5: watch guards it until commit',
    'exposure.guardUntil(() => orders.asked > 0 || failed())',
    'condition(() => orders.asked > 0 || failed()).then(() => null)',
  ),
  'a second watch beside the first': flow(
    'contract 5: one watch per rollout',
    'scope.cancel();\n    await watched;',
    'if (outcome !== null) await watched;',
  ),
  'a watch that may be silent for a minute': flow(
    'contract 5: heartbeat timeout 5 s',
    "startToCloseTimeout: '30d', heartbeatTimeout: '5s'",
    "startToCloseTimeout: '30d', heartbeatTimeout: '1m'",
  ),
  'evidence that is not carried on': flow(
    'contract 5: ln E of finished weights',
    'this.finished = verdict.evidence.lnE;',
    'this.carried = [];',
  ),
  'a successor that begins anew': act(
    'contract 5: the watch is handed over',
    '(info.heartbeatDetails as WatchProgress | undefined) ?? started(input)',
    'started(input)',
  ),
  'a heartbeat of two kilobytes': act(
    'contract 5: at most 1 KB',
    'heartbeat(progress);\n      const outcome',
    "heartbeat({ ...progress, more: 'x'.repeat(2_000) });\n      const outcome",
  ),
  'a watch that leaves the breach to others': act(
    'contract 5: the watch restores, then answers',
    'const restored = await restoreAll(asking, input, token);',
    'const restored = false;',
  ),
  'a watch that renews nothing': act(
    'contract 5: a good look renews the lease',
    'if (input.weightPct < 100) await renewAll(asking, input, token, views);',
    '',
  ),
  'half a count that renews': act(
    'contract 5: only a look at all counters renews',
    'if (note !== null) {',
    'if (note !== null && !counters) {',
  ),
  'a watch that sets the weight again': act(
    'contract 5: lapsed is an answer',
    "if (look.kind !== 'seen') return ended(look, progress);",
    "if (look.kind === 'moved' && look.cause === 'lease') {\n        const canary = { digest: input.freight, weightPct: input.weightPct, mode: input.mode, leaseMs: 15_000 };\n        for (const { id, stable, generation } of input.nodes) {\n          const command = { token, rollout: input.rollout, generation: generation + 1, cause: 'step' as const, traffic: { stable, canary } };\n          await routers.find((one) => one.id === id)?.write(input.model, command);\n        }\n      }\n      if (look.kind !== 'seen') return ended(look, progress);",
  ),
  'counts that are added twice over a restart': {
    rule: 'contract 5: on a new boot it adds what it last saw',
    rewrite: {
      under: 'domain',
      from: 'const requests = Math.max(0, before.requests - now.requests);',
      to: 'const requests = before.requests;',
    },
  },
};
