import { z } from 'zod';
import { DEFAULT_LIMITS } from '../judge';
import { decimal, duration, instant, name, text, whole } from './quantities';

/**
 * Bakes by default: at 5 % of 36 requests a second or more, five minutes bring the 528 clean canary requests that the default limits
 * ask for (`requestsToPass`); the flip is watched for twice as long.
 */
const BAKE = { step: '5m', flip: '10m' };
const STEPS = [5, 25, 50].map((weightPct) => ({ weightPct, bake: BAKE.step }));

const share = decimal(1e-9, 1 - 1e-9);
const canarySchema = z.strictObject({
  steps: z
    .array(z.strictObject({ weightPct: whole(1, 99), bake: duration('1ms', '30d').prefault(BAKE.step) }))
    .prefault(STEPS)
    .describe('Canary shares, rising. An empty list: blue/green, no canary'),
  mode: z.enum(['split', 'mirror']).default('split'),
  // A look must come well within the heartbeat timeout of 5 s, or the watch counts as dead (contract 5).
  look: duration('50ms', '4s').prefault('1s').describe('How often the watch looks'),
  lease: duration('15s', '1d').prefault('30s').describe('After this long without a good look the canary falls back'),
});
const LIMITS = {
  alpha: share.default(DEFAULT_LIMITS.alpha).describe('Chance of a false alarm over all regions of a promotion'),
  beta: share.default(DEFAULT_LIMITS.beta).describe('Chance that a canary beyond the pass limit passes'),
  sloErrorRate: share.default(DEFAULT_LIMITS.sloErrorRate).describe('Share of requests that may fail'),
  toleratedRatio: decimal(1, 1_000).default(DEFAULT_LIMITS.toleratedRatio),
  passRatio: decimal(1.001, 1_000).default(DEFAULT_LIMITS.passRatio),
  latencyLimitsMs: z
    .array(decimal(0.5, 64_000))
    .max(3, { error: 'at most 3 limits' })
    .default([...DEFAULT_LIMITS.latencyLimitsMs]),
  minRequests: whole(1, 1e9).default(DEFAULT_LIMITS.minRequests),
  minErrors: whole(1, 1e9).default(DEFAULT_LIMITS.minErrors),
  minClients: whole(1, 1e9).default(DEFAULT_LIMITS.minClients),
};
const gateSchema = z.strictObject({
  id: name,
  before: z.enum(['canary', 'flip']).default('canary'),
  wave: whole(1, 500).optional().describe('One of wave, region, jurisdiction says where the gate stands'),
  region: name.optional(),
  jurisdiction: text.optional(),
  quorum: whole(1, 100).default(1).describe('Different approvers that have to say yes; the starter does not count'),
  approvers: z
    .array(text)
    .min(1, { error: 'at least one actor' })
    .optional()
    .describe('Default: every approver of the roster'),
});
const placementSchema = z.union(
  [
    z.literal('all'),
    z.array(name).min(1, { error: 'at least one region' }),
    z.strictObject({ jurisdictions: z.array(text).optional(), gpu: text.optional() }),
  ],
  { error: 'all, a list of regions, or { jurisdictions, gpu }' },
);

/** `models/<name>.yaml`. The model's name, which is also that of the file, is enough. */
export const modelSchema = z.strictObject({
  model: name.optional().describe("Default: the file's name"),
  source: z
    .strictObject({ repository: text.optional(), tags: z.array(text).default(['latest']) })
    .prefault({})
    .describe('Where new versions come from. Default repository: models/<model>'),
  placement: placementSchema.default('all'),
  waves: z.array(z.array(name)).default([]).describe('Regions that go together. Default: one wave of all'),
  consistency: z
    .strictObject({
      kind: z.literal('eventual', { error: 'eventual (strong is not built yet)' }).default('eventual'),
      window: duration('1s', '30d').prefault('1d').describe('All regions converge within it'),
      deadline: z.enum(['hold', 'rollBack', 'proceed']).default('hold').describe('What the end of the window leads to'),
    })
    .prefault({}),
  canary: canarySchema.prefault({}),
  flip: z.strictObject({ bake: duration('1ms', '30d').prefault(BAKE.flip) }).prefault({}),
  limits: z.strictObject(LIMITS).prefault({}),
  // fp32 on unlike hardware, TF32 off; torch.testing asks for 1.3e-6 and 1e-5 on like hardware.
  validation: z
    .strictObject({
      rtol: decimal(0, 10).default(1e-4),
      atol: decimal(0, 1e9).default(1e-5),
      minCasesPerSecond: decimal(0, 1e9).default(0).describe('Speed floor; 0: none'),
    })
    .prefault({}),
  approval: z
    .strictObject({
      gates: z.array(gateSchema).default([]),
      expiry: duration('1s', '30d').prefault('1d').describe('A gate nobody answered by then counts as rejected'),
    })
    .prefault({}),
  hold: duration('1ms', '30d').prefault('1h').describe('How long held waits before it is rolled back'), // contract 3
  patience: duration('100ms', '30d').prefault('10m').describe("How long a region's worker may be silent"),
  retention: z.strictObject({ previous: whole(1, 20).default(2) }).prefault({}),
  onNewDigest: z.enum(['queue', 'supersede', 'reject', 'hotfix']).default('queue'),
  freezes: z.array(z.strictObject({ from: instant, until: instant, reason: text })).default([]),
  // A poll is a backstop for hooks, so that a minute is soon enough.
  poll: duration('0s', '1d')
    .refine((ms) => ms === 0 || ms >= 1_000, { error: '0s, or a duration from 1s to 1d' })
    .prefault('1m')
    .describe('How often the registry is asked; 0s: never, hooks alone'),
});
export type ModelFile = z.output<typeof modelSchema>;
