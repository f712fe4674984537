/** What a test changes of the model file. Durations are text as in the file. */
export interface PolicyChanges {
  readonly waves?: readonly (readonly string[])[];
  readonly steps?: readonly { readonly weightPct: number; readonly bake: string }[];
  readonly gates?: readonly object[];
  readonly deadline?: 'hold' | 'rollBack' | 'proceed';
  readonly window?: string;
  readonly patience?: string;
}

export const REGIONS = ['eu-north', 'us-east', 'ap-south'] as const;
export type Region = (typeof REGIONS)[number];

/**
 * The model file of the tests: bakes of seconds over some sixty requests a second, so the limits are as wide as they can be;
 * the lease is the shortest that there is. Nobody polls: what starts is what a test starts.
 */
export function policyText(changes: PolicyChanges = {}): string {
  const { waves = [REGIONS], steps = [{ weightPct: 50, bake: '5s' }], gates = [] } = changes;
  const { deadline = 'hold', window = '10m', patience = '3s' } = changes;
  const file = {
    model: 'fraud',
    source: { repository: 'models/fraud', tags: ['live'] },
    waves,
    consistency: { window, deadline },
    canary: { steps, look: '250ms', lease: '15s' },
    flip: { bake: '1s' },
    limits: { alpha: 1e-6, beta: 0.5, sloErrorRate: 0.5 },
    approval: { gates, expiry: '5m' },
    ...{ hold: '2m', patience, poll: '0s' },
  };
  return `${JSON.stringify(file, null, 2)}\n`; // JSON is YAML
}
