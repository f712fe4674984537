import type { LineState, OfferAnswer } from '../workflows/contract';
import type { PlannedPromotion } from '../domain/plan';
import type * as shapes from './api-shapes';
import { CliError, EXIT, type ExitCode } from './exit-codes';

/** That the api is away is said after this time, whatever was asked of it. */
const REACH_MS = 3_000;
/** The api answers updates within 60 s (`api/engine-client.ts`); the rest is the way there and back. */
const ANSWER_MS = 75_000;

const EXIT_OF: Readonly<Record<number, ExitCode>> = {
  ...{ 400: EXIT.usage, 401: EXIT.refused, 403: EXIT.refused, 404: EXIT.notFound, 409: EXIT.refused },
  ...{ 413: EXIT.invalid, 422: EXIT.invalid, 503: EXIT.unreachable, 504: EXIT.unanswered },
};

/** The api as the command speaks to it. Every method: @throws CliError with what, where and what to do */
export class ApiClient {
  private reached: Promise<Response> | undefined;

  constructor(
    readonly address: string, // e.g. http://127.0.0.1:7300
    private readonly interrupted: AbortSignal,
  ) {}

  /** The models that are installed. */
  async models() {
    return (await this.get<shapes.Models>('/v1/lines')).models;
  }
  line(model: string): Promise<LineState> {
    return this.get(`/v1/lines/${encodeURIComponent(model)}`);
  }
  promotion(model: string, epoch: number): Promise<shapes.PromotionView> {
    return this.get(`/v1/promotions/${encodeURIComponent(model)}/${epoch}`);
  }
  /** Newest first. */
  async promotions(query: { readonly model?: string; readonly limit: number }) {
    return (await this.get<shapes.Promotions>(`/v1/promotions?${search(query)}`)).promotions;
  }
  async rows(model?: string) {
    return (await this.get<shapes.Rows>(`/v1/manifest?${search({ model })}`)).rows;
  }
  history(query: { readonly model?: string; readonly limit: number }): Promise<shapes.History> {
    return this.get(`/v1/history?${search(query)}`);
  }
  /** @param digest the whole of it or its first 6 hex digits or more */
  digest(digest: string): Promise<shapes.DigestAccounts> {
    return this.get(`/v1/digests/${encodeURIComponent(digest)}`);
  }
  plan(model: string, digest: string | undefined): Promise<PlannedPromotion> {
    return this.post('/v1/plans', { model, ...(digest !== undefined && { digest }) });
  }
  offer(offer: { model: string; digest: string; planHash?: string; statement: string }): Promise<OfferAnswer> {
    return this.post('/v1/promotions', offer);
  }
  /** @returns the one sentence that the journey answers */
  async steer(model: string, epoch: number, verb: shapes.PromotionVerb, statement: string): Promise<string> {
    const url = `/v1/promotions/${encodeURIComponent(model)}/${epoch}/${verb}`;
    return (await this.post<{ readonly answer: string }>(url, { statement })).answer;
  }
  /** @returns the one sentence that the line answers */
  async steerLine(model: string, verb: shapes.LineVerb, statement: string): Promise<string> {
    const url = `/v1/lines/${encodeURIComponent(model)}/${verb}`;
    return (await this.post<{ readonly answer: string }>(url, { statement })).answer;
  }
  configure(body: { files: readonly object[]; dryRun: boolean }, token: string | undefined): Promise<shapes.Applied> {
    return this.post('/v1/configuration', body, token === undefined ? {} : { authorization: `Bearer ${token}` });
  }
  /** Whether each part behind the api answers; an answer, also where one does not. */
  async readiness(): Promise<shapes.Readiness> {
    return this.call('/readyz', {}, [200, 503]);
  }
  /** How far the api's clock is ahead of ours, in milliseconds; to a second, which is what HTTP dates carry. */
  async clockAheadMs(nowMs: () => number): Promise<number> {
    const date = (await this.reach()).headers.get('date');
    return date === null ? 0 : Date.parse(date) + 500 - nowMs();
  }

  private get<T>(url: string): Promise<T> {
    return this.call(url, {}, [200]);
  }

  private post<T>(url: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    const json = { 'content-type': 'application/json', ...headers };
    return this.call(url, { method: 'POST', headers: json, body: JSON.stringify(body) }, [200, 201, 202]);
  }

  private async call<T>(url: string, request: RequestInit, answers: readonly number[]): Promise<T> {
    await (this.reached ??= this.reach());
    const signal = AbortSignal.any([this.interrupted, AbortSignal.timeout(ANSWER_MS)]);
    const text = await fetch(`${this.address}${url}`, { ...request, signal })
      .then(async (response) => ({ status: response.status, body: await response.text() }))
      .catch((error: unknown) => {
        this.reached = undefined;
        throw this.unreachable(error);
      });
    const body = this.parsed(text.body, url);
    if (answers.includes(text.status)) return body as T;
    throw errorOf(text.status, body, `${request.method ?? 'GET'} ${this.address}${url}`);
  }

  /** A process that hangs takes connections too, so it is asked whether it lives. */
  private reach(): Promise<Response> {
    const signal = AbortSignal.any([this.interrupted, AbortSignal.timeout(REACH_MS)]);
    return fetch(`${this.address}/healthz`, { signal }).catch((error: unknown) => {
      throw this.unreachable(error);
    });
  }

  private parsed(body: string, url: string): unknown {
    try {
      return JSON.parse(body) as unknown;
    } catch {
      const message = `${this.address}${url} answered something that is no JSON`;
      throw new CliError(EXIT.unreachable, message, 'is this the api? name it with --api or MERIDIAN_API', 'NoApi');
    }
  }

  private unreachable(error: unknown): CliError {
    if (this.interrupted.aborted) return new CliError(EXIT.interrupted, 'interrupted', undefined, 'Interrupted');
    const why = reasonOf(error);
    const remedy = 'check that it runs there, or name another with --api or MERIDIAN_API';
    return new CliError(EXIT.unreachable, `the api at ${this.address} does not answer (${why})`, remedy, 'Unreachable');
  }
}

function search(query: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

function errorOf(status: number, body: unknown, asked: string): CliError {
  const { error } = (body ?? {}) as { error?: { code?: string; message?: string; remedy?: string } };
  const exitCode = EXIT_OF[status] ?? EXIT.failed;
  const message = error?.message ?? `${asked} was answered with ${status}`;
  return new CliError(exitCode, message, error?.remedy, error?.code ?? `Http${status}`);
}

/** What Node says of a connection lies in the error's cause. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  if (name === 'TimeoutError') return `nothing within ${REACH_MS / 1_000} s`;
  return cause?.code ?? cause?.message ?? message;
}
