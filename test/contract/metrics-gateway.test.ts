import { GatewayMetrics } from '../../adapters/metrics/gateway';
import { GatewayRouterNode } from '../../adapters/router/gateway';
import { parseNodeId, type NodeId } from '../../domain/ids';
import { startGateway, type RunningGateway } from '../../serving/gateway/gateway';
import { gatewayConfig, MODEL, ROLLOUT, startUpstream, temporaryFolder, TOKEN, token } from '../support/gateway';
import { metricsLaws, type Served } from './metrics';

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

async function region() {
  const upstream = await startUpstream((req, res) => {
    req.resume().on('end', () => void res.writeHead(req.headers['x-fail'] ? 500 : 200).end('{}'));
  });
  releases.push(upstream.close);
  const nodes = [parseNodeId('gw-1'), parseNodeId('gw-2')] as const;
  const gateways = new Map<NodeId, RunningGateway>();
  for (const node of nodes) {
    const { folder, release } = temporaryFolder();
    const gateway = await startGateway(gatewayConfig(folder, { node, upstreams: [upstream.url] }));
    releases.push(release, gateway.close);
    gateways.set(node, gateway);
  }
  const of = (node: NodeId) => gateways.get(node) ?? fail(node);
  const where = nodes.map((id) => ({ id, controlUrl: of(id).controlUrl }));
  return { nodes, of, where };
}
function fail(node: NodeId): never {
  throw new Error(`no gateway ${node}`);
}

describe('the metrics of gateway nodes', () => {
  metricsLaws(async () => {
    const { nodes, of, where } = await region();
    const metrics = new GatewayMetrics({ nodes: where, token: TOKEN });
    releases.push(() => metrics.close());
    const makeStable = async ({ node, digest }: Served) => {
      const router = new GatewayRouterNode({ id: node, controlUrl: of(node).controlUrl, token: TOKEN });
      releases.push(() => router.close());
      const { route } = await router.read(MODEL);
      if (route.stable === digest) return;
      const { generation } = route;
      const traffic = { stable: digest };
      await router.write(MODEL, { token: token(1, 1), rollout: ROLLOUT, generation, cause: 'flip', traffic });
    };
    const serve = async (what: Served) => {
      await makeStable(what);
      for (let request = 0; request < what.requests; request++) {
        const headers = request < (what.errors['status-5xx'] ?? 0) ? { 'x-fail': '1' } : undefined;
        const url = `${of(what.node).url}/v2/models/${MODEL}/infer`;
        await (await fetch(url, { method: 'POST', body: '{}', ...(headers && { headers }) })).arrayBuffer();
      }
    };
    return { metrics, nodes, serve, stopNode: async (node) => of(node).close() };
  });

  it('counts the other nodes when one takes connections and never answers', async () => {
    const { nodes, where } = await region();
    const hung = await startUpstream(() => undefined);
    releases.push(hung.close);
    const [one] = where;
    if (!one) throw new TypeError('two nodes');
    const metrics = new GatewayMetrics({ nodes: [{ id: nodes[1], controlUrl: hung.url }, one], token: TOKEN });
    releases.push(() => metrics.close());
    expect([...(await metrics.counters(MODEL)).keys()]).toEqual([nodes[0]]);
  });

  it('gives no counts to a stranger', async () => {
    const { where } = await region();
    const metrics = new GatewayMetrics({ nodes: where, token: 'token-of-another-region' });
    releases.push(() => metrics.close());
    await expect(metrics.counters(MODEL)).rejects.toThrow(/no gateway node .*401/);
  });
});
