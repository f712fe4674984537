import type { Random } from '../sdk/random';
import type { World } from '../world';
import { lettersFor } from './letters';
import type { SimulatedRegion } from './region';

/** Where a mishap comes over a region. */
export interface Scene {
  readonly world: World;
  readonly draw: Random;
  readonly region: SimulatedRegion;
  readonly epoch: number;
}
export interface Mishap {
  readonly phases: readonly string[]; // each time its region enters one of them
  readonly times: number; // in one world
  readonly happens: (scene: Scene) => void;
}
const HOUR_MS = 3_600_000;
const UNDER_WAY = ['replicating', 'validating', 'canary', 'flipping', 'baking', 'live', 'rolling-back'];

/** What comes over one region again and again; a single strike would not show what it adds up to. */
export const MISHAPS = {
  /** Its counters are away for longer than a lease, each time it has entered its step. */
  flicker: {
    phases: ['canary'],
    times: 4,
    happens: ({ region, draw }) => region.takeDown('metrics', draw.between(17_000, 23_000)),
  },
  /** Its worker is cut off for longer than a lease, each time it is to flip. */
  'late-flip': {
    phases: ['flipping'],
    times: 4,
    happens: ({ region, draw }) => region.station.cut(draw.between(16_000, 19_000)),
  },
  /** Its counters are away through several rounds of last looks. */
  dark: {
    phases: ['live'],
    times: 1,
    happens: ({ region, draw }) => region.takeDown('metrics', draw.between(90_000, 160_000)),
  },
  /** Its counters count more errors than requests. */
  'false-counts': {
    phases: ['canary', 'baking'],
    times: 2,
    happens: ({ region, draw, world }) =>
      void (region.falseUntilMs = world.scheduler.nowMs + draw.between(4_000, 40_000)),
  },
  /** A node starts again, and its wall clock was set back meanwhile. */
  'clock-back': {
    phases: ['canary', 'awaiting'],
    times: 3,
    happens: ({ region, draw, world }) => {
      const node = draw.pick(region.nodes);
      world.scheduler.in(draw.between(0, 6_000), () => {
        node.wallOffMs -= draw.pick([1, 24]) * HOUR_MS;
        node.restart(draw.between(100, 8_000));
      });
    },
  },
  /** A version turns out bad while one of its nodes is away. */
  'half-bad': {
    phases: ['canary', 'baking'],
    times: 1,
    happens: ({ region, draw, world: { scheduler, fixtures } }) => {
      scheduler.in(draw.between(100, 2_500), () => {
        for (const { digest } of fixtures.freights.slice(1)) region.spoil(digest, 0.5);
        for (const node of region.nodes.slice(1)) node.downUntilMs = scheduler.nowMs + draw.between(3_000, 15_000);
      });
    },
  },
  /** People and workflows are told what they may not heed. */
  letters: { phases: UNDER_WAY, times: 6, happens: lettersFor },
} as const satisfies Record<string, Mishap>;
export type MishapKind = keyof typeof MISHAPS;
