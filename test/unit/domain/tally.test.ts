import type { Segment } from '../../../domain/counters';
import { parseDigest, parseNodeId } from '../../../domain/ids';
import { taken, totals, type Slice, type Tally } from '../../../domain/tally';

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);
const NODE = parseNodeId('gw-1');
const slice: Slice = { generation: 3, under: { digest: DIGEST, arm: 'canary' }, beside: null };

/** The tally after looks at one node, each at a boot of it with so many requests and errors counted. */
function after(...looks: readonly (readonly [bootId: string, requests: number, errors: number])[]): Tally {
  let tally: Tally = {};
  for (const [bootId, requests, errors] of looks)
    tally = taken(tally, NODE, { bootId, segments: [counted(requests, errors)] }, slice, []);
  return tally;
}

function counted(requests: number, errors: number, generation = slice.generation): Segment {
  const more = { latency: [], inFlight: 0, distinctClients: 1, weightPct: 5, generation };
  return { digest: DIGEST, arm: 'canary', requests, errors: { 'status-5xx': errors }, ...more };
}

describe('what a watch has counted', () => {
  it.each([
    [
      'goes by the last look of a node that stays up',
      [
        ['a', 10, 1],
        ['a', 30, 2],
      ],
      30,
      2,
    ],
    [
      'adds what a node forgot when it began anew',
      [
        ['a', 30, 2],
        ['b', 10, 1],
        ['b', 25, 1],
      ],
      45,
      2,
    ],
    [
      'adds nothing for a node that kept its counts',
      [
        ['a', 30, 2],
        ['b', 40, 3],
      ],
      40,
      3,
    ],
    [
      'adds up what was forgotten more than once',
      [
        ['a', 30, 2],
        ['b', 4, 0],
        ['c', 0, 0],
        ['c', 5, 0],
      ],
      35,
      2,
    ],
  ] as const)('%s', (_, looks, requests, errors) => {
    expect(totals(after(...looks), []).under).toMatchObject({ requests, errors });
  });

  it('counts nothing of another generation', () => {
    const tally = taken({}, NODE, { bootId: 'a', segments: [counted(10, 1, 2)] }, slice, []);
    expect(totals(tally, []).under.requests).toBe(0);
  });
});
