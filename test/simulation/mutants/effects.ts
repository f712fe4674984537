import type { WatchOutcome } from '../../../activities/watch';
import type { FoundNode } from '../../../domain/found';
import type { Verdict } from '../../../domain/judge';
import type { Activities } from '../sdk/engine';
import type { Mutant } from './index';

type Change = (real: Activities) => Activities;
const changed = (rule: string, activities: Change): Mutant => ({ rule, options: { activities } });
const idle = (rule: string, name: string, answer: unknown = undefined): Mutant =>
  changed(rule, (real) => ({ ...real, [name]: async () => answer }));

/** Answers a verdict that is none as healthy. */
function believing(kind: Verdict['kind']): Change {
  return (real) => ({
    ...real,
    watch: async (input) => {
      const outcome = (await real.watch?.(input)) as WatchOutcome;
      if (outcome.kind !== 'verdict' || outcome.verdict.kind !== kind) return outcome;
      const none = { requests: 0, errors: 0, slow: [], distinctClients: 0 };
      const evidence = 'evidence' in outcome.verdict ? outcome.verdict.evidence : { canary: none, lnE: [] };
      return { ...outcome, verdict: { kind: 'healthy', evidence } };
    },
  });
}

/** Every write with the same counter: epoch and attempt are all that is left of the token. */
const withoutCounter: Change = (real) => {
  const names = Object.entries(real).map(([name, run]) => {
    const call = (input: unknown) => {
      const { stamp } = input as { readonly stamp?: { readonly epoch: number } };
      return run(stamp ? { ...(input as object), stamp: { ...stamp, seq: 1 } } : input);
    };
    return [name, call] as const;
  });
  return Object.fromEntries(names);
};

const oneNode: Change = (real) => ({
  ...real,
  flip: async (input) => {
    const { nodes } = input as { readonly nodes: readonly FoundNode[] };
    const outcome = await real.flip?.({ ...(input as object), nodes: nodes.slice(0, 1) });
    const { kind } = outcome as { readonly kind: string };
    return kind === 'set'
      ? { kind, nodes: [...(outcome as { nodes: FoundNode[] }).nodes, ...nodes.slice(1)] }
      : outcome;
  },
});

const sound = { problems: [], cases: 1, agreed: 1, worst: [], casesPerSecond: 1, goldenSet: null };

export const EFFECTS: Readonly<Record<string, Mutant>> = {
  'a route that is not restored': idle('S8', 'restoreRoute'),
  'a pointer that is not restored': idle('S8', 'restorePointer'),
  'claims that are not released': idle('contract 6: a claim ends by release', 'releaseClaims'),
  'a version that stays loaded': idle('contract 6: unload', 'unload'),
  'a commit that releases nothing': idle('contract 6: finalize', 'finalizeRegion'),
  'a pointer that is never moved': idle('S11', 'point'),
  'a row that is never written': idle('S14: the manifest agrees', 'recordRow'),
  'a validation that always agrees': idle('S15', 'validate', sound),
  'a flip of one node': changed('contract 5: node by node', oneNode),
  'a pass without evidence': changed('S15', believing('insufficient-evidence')),
  'a pass without data': changed('S15', believing('provider-error')),
  'a pass in spite of a breach': changed('S15', believing('regressed')),
  'tokens without a counter': changed('contract 4: seq', withoutCounter),
  'a line that takes every promotion for gone': idle('contract 4: never a timer', 'describe', 'gone'),
  'a region that fences nothing': changed('contract 4: the first step is fence', (real) => ({
    ...real,
    fenceRegion: async (input) => {
      const { stamp } = input as { readonly stamp: object };
      return real.fenceRegion?.({ ...(input as object), stamp: { ...stamp, epoch: 999 } });
    },
  })),
};
