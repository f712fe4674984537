import { KINDS, killTest, openKillStage } from '../support/stack-kills';
import type { Stage } from '../support/stack';
import { given } from '../support/stack-steps';

const PHASES = ['replicating', 'canary', 'flipping', 'rolling-back'] as const;

describe('the engine', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openKillStage();
    await given(stage).liveEverywhere();
  }, 240_000);
  afterAll(() => stage?.close(), 60_000);

  it.each(KINDS.flatMap((name) => PHASES.map((phase) => [name, phase] as const)))(
    'brings every region live or leaves it as found, and fails no request, when %s is killed in %s',
    (name, phase) => killTest(stage, [[phase, name]]),
    180_000,
  );
});
