import { MemoryMetrics } from '../../adapters/metrics/memory';
import { LATENCY_BOUNDS_MS, type Counters, type Segment } from '../../domain/counters';
import { Failure } from '../../domain/failures';
import { parseNodeId, type NodeId } from '../../domain/ids';
import { MODEL } from '../support/gateway';
import { metricsLaws, type Served } from './metrics';

describe('the memory metrics', () => {
  metricsLaws(async () => {
    const nodes = [parseNodeId('gw-1'), parseNodeId('gw-2')] as const;
    const served: Served[] = [];
    const stopped = new Set<NodeId>();
    let seq = 0;
    const source = () => {
      const up = nodes.filter((node) => !stopped.has(node));
      if (up.length === 0) throw new Failure('MetricsUnavailable', `${nodes.join(', ')} do not answer`);
      seq++;
      return new Map(up.map((node) => [node, countersOf(node)]));
    };
    const countersOf = (node: NodeId): Counters => {
      const segments = new Map<string, Segment>();
      for (const { digest, arm, requests, errors } of served.filter((one) => one.node === node)) {
        const before = segments.get(digest);
        segments.set(digest, {
          ...{ digest, arm, weightPct: 100, generation: 1, inFlight: 0, distinctClients: 1 },
          latency: LATENCY_BOUNDS_MS.map(() => 0).concat(0),
          requests: (before?.requests ?? 0) + requests,
          errors: { 'status-5xx': (before?.errors['status-5xx'] ?? 0) + (errors['status-5xx'] ?? 0) },
        });
      }
      return { model: MODEL, bootId: `boot of ${node}`, seq, asOfMs: seq, segments: [...segments.values()] };
    };
    return {
      metrics: new MemoryMetrics(source),
      nodes,
      serve: async (what) => void served.push(what),
      stopNode: async (node) => void stopped.add(node),
    };
  });
});
