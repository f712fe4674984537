import { EU, killTest, openKillStage, type Kills } from '../support/stack-kills';
import type { Stage } from '../support/stack';
import { given } from '../support/stack-steps';

// Each kind of process once, each phase twice or more; `npm run drills` has all of them in all phases.
const JOURNEYS: readonly Kills[] = [
  [
    ['replicating', 'hub store'],
    ['canary', 'temporal'],
    ['flipping', 'control worker'],
  ],
  [
    ['replicating', 'api'],
    ['canary', 'registry'],
    ['flipping', `${EU} gateway`],
  ],
  [
    ['canary', 'manifest'],
    ['rolling-back', `${EU} runtime`],
  ],
  [
    ['canary', `${EU} worker`],
    ['rolling-back', `${EU} store`],
  ],
];

describe('the engine', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openKillStage();
    await given(stage).liveEverywhere();
  }, 240_000);
  afterAll(() => stage?.close(), 60_000);

  it.each(JOURNEYS.map((kills) => [kills.map(([phase, name]) => `${name} in ${phase}`).join(', '), kills] as const))(
    'brings every region live or leaves it as found, and fails no request, when these are killed: %s',
    (_, kills) => killTest(stage, kills),
    240_000,
  );
});
