import { Agent, request } from 'undici';
import type { z } from 'zod';
import { Failure } from '../../domain/failures';
import { controlErrorSchema, modelsSchema, routeAnswerSchema, routeViewSchema } from '../../domain/files/route';
import type { ModelName, NodeId } from '../../domain/ids';
import type { ClaimCommand, FenceCommand, RenewCommand, WriteCommand } from '../../domain/route-node';
import type { RouteAnswer, RouterNode, RouteView } from '../../ports/router';

// A node stands in the region of the worker that asks. A read and a write fit into the 5 s of a restore, so that it says who was silent.
const DEADLINE_MS = 2_000;

export interface GatewayNodeOptions {
  readonly id: NodeId;
  readonly controlUrl: string;
  readonly token: string; // bearer token of the region's control listeners
  readonly ca?: string; // PEM, for a control listener behind https
}

/** A node of `serving/gateway`, over its control listener. Each call has a deadline of 2 s. */
export class GatewayRouterNode implements RouterNode {
  readonly id: NodeId;
  readonly #agent: Agent;

  constructor(private readonly options: GatewayNodeOptions) {
    this.id = options.id;
    this.#agent = new Agent({ ...(options.ca !== undefined && { connect: { ca: options.ca } }) });
  }

  async read(model: ModelName): Promise<RouteView> {
    return this.#call('GET', `/control/models/${model}/route`, routeViewSchema);
  }

  async models(): Promise<readonly ModelName[]> {
    const { models } = await this.#call('GET', '/control/models', modelsSchema);
    return models;
  }

  async fence(model: ModelName, command: FenceCommand): Promise<RouteAnswer> {
    return this.#call('POST', `/control/models/${model}/fence`, routeAnswerSchema, command);
  }

  async write(model: ModelName, command: WriteCommand): Promise<RouteAnswer> {
    return this.#call('POST', `/control/models/${model}/write`, routeAnswerSchema, command);
  }

  async claim(model: ModelName, command: ClaimCommand): Promise<RouteAnswer> {
    return this.#call('POST', `/control/models/${model}/claim`, routeAnswerSchema, command);
  }

  async renew(model: ModelName, command: RenewCommand): Promise<RouteAnswer> {
    return this.#call('POST', `/control/models/${model}/renew`, routeAnswerSchema, command);
  }

  /** Lets its connections go. */
  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #call<T>(method: 'GET' | 'POST', path: string, schema: z.ZodType<T>, command?: object): Promise<T> {
    const { statusCode, body } = await this.#exchange(method, path, command);
    if (statusCode === 401 || statusCode === 403) {
      throw new Failure('AccessDenied', `${this.#where} refused the token: give this worker the token of its region`);
    }
    if (statusCode !== 200) throw this.#refused(path, statusCode, body);
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new Failure(
      'RegionUnreachable',
      `${this.#where} answers ${path} with something else: is it a meridian gateway?`,
    );
  }

  async #exchange(
    method: 'GET' | 'POST',
    path: string,
    command?: object,
  ): Promise<{ statusCode: number; body: unknown }> {
    const headers = { authorization: `Bearer ${this.options.token}`, 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const call = {
      method,
      headers,
      signal,
      dispatcher: this.#agent,
      ...(command && { body: JSON.stringify(command) }),
    };
    const url = new URL(path, this.options.controlUrl);
    const once = async () => {
      const { statusCode, body } = await request(url, call);
      return { statusCode, body: parsedJson(await body.text()) };
    };
    // A connection kept open over a restart of the gateway is found dead only now. Repeating is safe: every command is idempotent.
    const again = (err: unknown) => (isDeadConnection(err) ? once() : Promise.reject(err));
    return once()
      .catch(again)
      .catch((err: unknown) => {
        const check = 'is the gateway running, and may this worker reach its control port?';
        throw new Failure('RegionUnreachable', `${this.#where} does not answer (${reasonOf(err)}): ${check}`, {
          cause: err,
        });
      });
  }

  #refused(path: string, status: number, body: unknown): Error {
    const said = controlErrorSchema.safeParse(body);
    const text = `${this.#where} answered ${path} with ${status}: ${said.success ? said.data.error : 'no reason given'}`;
    return status < 500 ? new Error(text) : new Failure('RegionUnreachable', text);
  }

  get #where(): string {
    return `gateway ${this.id} at ${this.options.controlUrl}`;
  }
}

function isDeadConnection(err: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(err));
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(err: unknown): string {
  return codeOf(err) || (err instanceof Error && err.message) || String(err);
}

function codeOf(err: unknown): string {
  return typeof err === 'object' && err !== null && 'code' in err ? String(err.code) : '';
}
