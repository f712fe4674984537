import { Pool } from 'undici';
import type { Fingerprint } from '../../domain/evidence';
import { Failure } from '../../domain/failures';
import type { InferRequest, InferResponse, ModelState } from '../../ports/inference';
import { parseIndex, parseInferResponse, parseMetadata, wordsOf, type IndexEntry } from './oip-replies';

export interface OipRuntimeOptions {
  readonly url: string; // e.g. `http://127.0.0.1:8000`
  readonly token?: string; // bearer token for repository calls, where the runtime asks for one
  readonly controlDeadlineMs?: number; // for each control call but `load`; default 5 s
  readonly loadDeadlineMs?: number; // a load may take as long as it reads and warms up; default 120 s
  readonly inferDeadlineMs?: number; // default 30 s
}
interface Reply {
  readonly status: number;
  readonly text: string;
}
interface Call {
  readonly path: string;
  readonly body?: string; // given: POST, else GET
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** One runtime. Judges by status and by the repository's index, never by the body of a 200. */
export class OipRuntime {
  private readonly pool: Pool;
  private readonly controlMs: number;

  constructor(private readonly options: OipRuntimeOptions) {
    this.pool = new Pool(options.url, { connections: 16 });
    this.controlMs = options.controlDeadlineMs ?? 5_000;
  }

  /** Asks to load, unless the version is ready: Triton loads it once more, and swaps it under its callers. */
  async load(name: string): Promise<void> {
    if ((await this.state(name)) === 'ready') return;
    const path = `/v2/repository/models/${encodeURIComponent(name)}/load`;
    const reply = await this.call({ path, body: '', deadlineMs: this.options.loadDeadlineMs ?? 120_000 });
    if (reply.status === 200) return;
    this.refuseAccess(reply);
    if (BUSY.has(reply.status)) throw new Failure('NotReady', this.says(reply));
    const hint = /polling|explicit/i.test(reply.text) ? '; start Triton with --model-control-mode=explicit' : '';
    throw new Failure('Unsupported', `${this.says(reply)}${hint}`);
  }

  /** Asks to unload. What a runtime says of a version that it does not hold is no error: `isGone` looks. */
  async unload(name: string): Promise<void> {
    const path = `/v2/repository/models/${encodeURIComponent(name)}/unload`;
    const reply = await this.call({ path, body: '{}', deadlineMs: this.controlMs });
    this.refuseAccess(reply);
    if (reply.status >= 500) throw new Failure('RegionUnreachable', this.says(reply));
  }

  async state(name: string): Promise<ModelState> {
    const entry = await this.indexed(name);
    if (!entry) return 'absent';
    if (entry.state === 'READY') return (await this.answersReady(name)) ? 'ready' : 'loading';
    if (entry.state === 'LOADING') return 'loading';
    // Triton lists what it never loaded without a state, and what it unloaded with this reason; so does MLServer.
    const isUnloaded = entry.state === '' || (entry.state === 'UNAVAILABLE' && /^(unloaded)?$/.test(entry.reason));
    return isUnloaded ? 'absent' : 'unavailable';
  }

  /** Whether an unload has taken effect. MLServer may list READY for ever (#957): its ready call then decides. */
  async isGone(name: string): Promise<boolean> {
    const state = (await this.indexed(name))?.state;
    if (state === 'READY') return !(await this.answersReady(name));
    return state !== 'LOADING' && state !== 'UNLOADING';
  }

  async readyNames(): Promise<readonly string[]> {
    return (await this.index()).filter(({ state }) => state === 'READY').map(({ name }) => name);
  }

  async infer(name: string, request: InferRequest, signal: AbortSignal): Promise<InferResponse> {
    const path = `/v2/models/${encodeURIComponent(name)}/infer`;
    const deadlineMs = this.options.inferDeadlineMs ?? 30_000;
    const reply = await this.call({ path, body: JSON.stringify(request), deadlineMs, signal });
    if (reply.status === 200) return this.read(parseInferResponse, reply);
    if (BUSY.has(reply.status)) throw new Failure('NotReady', this.says(reply));
    if ((await this.state(name)) !== 'ready')
      throw new Failure('NotReady', `${name} is not ready: ${this.says(reply)}`);
    throw new Failure('Unsupported', this.says(reply));
  }

  async fingerprint(): Promise<Fingerprint> {
    const { name, version, parameters } = await this.metadata();
    const runtime = [name, version, parameters.engine && `(${parameters.engine})`].filter(Boolean).join(' ');
    const unknown = 'unknown'; // plain Open Inference Protocol has no field for it
    return {
      runtime,
      platform: parameters.platform ?? unknown,
      hardware: parameters.hardware ?? unknown,
      driver: parameters.driver ?? '',
    };
  }

  async freeMemoryBytes(): Promise<number | null> {
    return (await this.metadata()).parameters.free_memory_bytes ?? null;
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }

  private async metadata() {
    const reply = await this.call({ path: '/v2', deadlineMs: this.controlMs });
    if (reply.status !== 200) throw new Failure('RegionUnreachable', this.says(reply));
    return this.read(parseMetadata, reply);
  }

  private async index(): Promise<readonly IndexEntry[]> {
    const reply = await this.call({ path: '/v2/repository/index', body: '{}', deadlineMs: this.controlMs });
    this.refuseAccess(reply);
    if (reply.status !== 200) throw new Failure('RegionUnreachable', this.says(reply));
    return this.read(parseIndex, reply);
  }

  /** A runtime that keeps several versions of a name lists each: one that is ready is enough. */
  private async indexed(name: string): Promise<IndexEntry | undefined> {
    const entries = (await this.index()).filter((entry) => entry.name === name);
    return entries.find(({ state }) => state === 'READY') ?? entries[0];
  }

  private async answersReady(name: string): Promise<boolean> {
    const path = `/v2/models/${encodeURIComponent(name)}/ready`;
    return (await this.call({ path, deadlineMs: this.controlMs })).status === 200; // else 400 (Triton), 404 or 503
  }

  private async call({ path, body, deadlineMs, signal }: Call): Promise<Reply> {
    const deadline = AbortSignal.timeout(deadlineMs);
    const { token } = this.options;
    const headers = { ...(token && { authorization: `Bearer ${token}` }), 'content-type': 'application/json' };
    const until = signal ? AbortSignal.any([signal, deadline]) : deadline;
    try {
      const sent = { path, headers, signal: until, headersTimeout: 0, bodyTimeout: 0 };
      const reply = await this.pool.request({
        ...sent,
        method: body === undefined ? 'GET' : 'POST',
        body: body ?? null,
      });
      return { status: reply.statusCode, text: await reply.body.text() };
    } catch (cause) {
      signal?.throwIfAborted();
      const why = deadline.aborted ? `no answer within ${deadlineMs} ms` : wordsOf(cause);
      throw new Failure('RegionUnreachable', `${this.options.url}${path}: ${why}`, { cause });
    }
  }

  private refuseAccess(reply: Reply): void {
    if (reply.status !== 401 && reply.status !== 403) return;
    throw new Failure('AccessDenied', `${this.says(reply)}; check the runtime's token of this region`);
  }

  private read<T>(parse: (text: string) => T, { text }: Reply): T {
    try {
      return parse(text);
    } catch (cause) {
      const what = `${this.options.url} answers what is not the Open Inference Protocol: ${wordsOf(cause)}`;
      throw new Failure('Unsupported', what, { cause });
    }
  }

  private says({ status, text }: Reply): string {
    return `${this.options.url} says ${status} ${wordsOf(text)}`;
  }
}
