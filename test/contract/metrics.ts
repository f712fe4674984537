import type { Arm, ErrorKind } from '../../domain/counters';
import { errorsOf } from '../../domain/counters';
import type { Digest, NodeId } from '../../domain/ids';
import type { Metrics } from '../../ports/metrics';
import { MODEL, NEW, OLD } from '../support/gateway';

/** What happened on a node: so many requests of a version, so many of them with an error. */
export interface Served {
  readonly node: NodeId;
  readonly digest: Digest;
  readonly arm: Arm;
  readonly requests: number;
  readonly errors: Readonly<Partial<Record<ErrorKind, number>>>;
}
/** A region of two gateway nodes. */
export interface MetricsUnderTest {
  readonly metrics: Metrics;
  readonly nodes: readonly [NodeId, NodeId];
  serve(what: Served): Promise<void>;
  stopNode(node: NodeId): Promise<void>;
}

/** The laws of the metrics port. */
export function metricsLaws(make: () => Promise<MetricsUnderTest>): void {
  it('answers for every node, with nothing counted before the first request', async () => {
    const { metrics, nodes } = await make();
    const counters = await metrics.counters(MODEL);
    expect([...counters.keys()].sort()).toEqual([...nodes].sort());
    for (const of of counters.values()) expect(of).toMatchObject({ model: MODEL, segments: [] });
  });

  it('counts requests and errors by version and arm, node by node, cumulatively', async () => {
    const { metrics, nodes, serve } = await make();
    const [one, two] = nodes;
    await serve({ node: one, digest: OLD, arm: 'stable', requests: 3, errors: {} });
    await serve({ node: two, digest: NEW, arm: 'stable', requests: 4, errors: { 'status-5xx': 2 } });
    const before = await metrics.counters(MODEL);
    await serve({ node: one, digest: OLD, arm: 'stable', requests: 2, errors: { 'status-5xx': 1 } });
    const after = await metrics.counters(MODEL);
    const seen = (of: typeof after, node: NodeId) =>
      of.get(node)?.segments.map((segment) => [segment.digest, segment.arm, segment.requests, errorsOf(segment)]);
    expect(seen(before, one)).toEqual([[OLD, 'stable', 3, 0]]);
    expect(seen(after, one)).toEqual([[OLD, 'stable', 5, 1]]);
    expect(seen(after, two)).toEqual([[NEW, 'stable', 4, 2]]);
    expect(after.get(one)?.bootId).toBe(before.get(one)?.bootId);
    expect(after.get(one)?.seq).toBeGreaterThan(before.get(one)?.seq ?? Infinity);
  });

  it('leaves out a node that does not answer, so that half a count is known for one', async () => {
    const { metrics, nodes, stopNode } = await make();
    await stopNode(nodes[1]);
    const counters = await metrics.counters(MODEL);
    expect([...counters.keys()]).toEqual([nodes[0]]);
  });

  it('fails when no node answers, and names them', async () => {
    const { metrics, nodes, stopNode } = await make();
    for (const node of nodes) await stopNode(node);
    const asking = metrics.counters(MODEL);
    await expect(asking).rejects.toMatchObject({ name: 'MetricsUnavailable' });
    for (const node of nodes) await expect(asking).rejects.toThrow(node);
  });
}
