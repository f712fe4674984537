import { Agent, request } from 'undici';
import type { Counters } from '../../domain/counters';
import { Failure } from '../../domain/failures';
import { countersSchema } from '../../domain/files/counters';
import type { ModelName, NodeId } from '../../domain/ids';
import type { Metrics } from '../../ports/metrics';

const DEADLINE_MS = 1_000; // the law of the port; a node stands in the region of the worker that asks

export interface GatewayMetricsOptions {
  readonly nodes: readonly { readonly id: NodeId; readonly controlUrl: string }[]; // every node of the region
  readonly token: string;
  readonly ca?: string; // PEM
}

/** The counters of a region's `serving/gateway` nodes, over their control listeners. */
export class GatewayMetrics implements Metrics {
  readonly #agent: Agent;

  constructor(private readonly options: GatewayMetricsOptions) {
    this.#agent = new Agent({ ...(options.ca !== undefined && { connect: { ca: options.ca } }) });
  }

  async counters(model: ModelName): Promise<ReadonlyMap<NodeId, Counters>> {
    const { nodes } = this.options;
    const each = nodes.map(async (node) => [node.id, await this.#countersOf(node, model)] as const);
    const outcomes = await Promise.allSettled(each);
    const counted = new Map(outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])));
    if (counted.size > 0) return counted;
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => String(reason));
    throw new Failure('MetricsUnavailable', `no gateway node gave counters of ${model}: ${failed.join('; ')}`);
  }

  /** Lets its connections go. */
  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #countersOf({ id, controlUrl }: { id: NodeId; controlUrl: string }, model: ModelName): Promise<Counters> {
    const url = new URL(`/control/models/${model}/counters`, controlUrl);
    const headers = { authorization: `Bearer ${this.options.token}` };
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const once = async () => {
      const { statusCode, body } = await request(url, { headers, signal, dispatcher: this.#agent });
      return { statusCode, text: await body.text() };
    };
    // A kept connection may have died with the gateway's last process; reading again is harmless.
    const { statusCode, text } = await once()
      .catch(once)
      .catch((err: unknown) => {
        throw new TypeError(`${id} at ${controlUrl} does not answer (${reasonOf(err)})`);
      });
    if (statusCode !== 200)
      throw new TypeError(`${id} at ${controlUrl} answers with ${statusCode}: ${text.slice(0, 200)}`);
    const parsed = countersSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    throw new TypeError(`${id} at ${controlUrl} answers with something that is no counters`);
  }
}

function reasonOf(err: unknown): string {
  return codeOf(err) || (err instanceof Error && err.message) || String(err);
}

function codeOf(err: unknown): string {
  return typeof err === 'object' && err !== null && 'code' in err ? String(err.code) : '';
}
