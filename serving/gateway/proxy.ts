import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { isName, servedName, type ModelName } from '../../domain/ids';
import type { Route } from '../../domain/route';
import { answer, answerError } from './answers';
import { CallerLeft, namedBodyOf, Upload, withBody, type Body } from './body';
import type { Sticky } from './config';
import type { CounterBook } from './counters';
import { Exchange, type Call } from './exchange';
import { requestHeaders } from './headers';
import { Mirror } from './mirror';
import type { NotFound } from './not-found';
import type { RouteTable } from './routes';
import { chosen, hashOf, mirrored, placeOf, type Choice } from './split';
import { targetOf, type OipTarget } from './target';
import type { Upstreams } from './upstreams';

interface Needs {
  readonly routes: RouteTable;
  readonly counters: CounterBook;
  readonly upstreams: Upstreams;
  readonly sticky: Sticky;
  readonly onFault: (err: unknown) => void; // a mistake of ours, not of a caller or a runtime
}
/** What differs between the two protocols: where the version's name goes. */
interface Passing {
  readonly infers: boolean;
  readonly notFound: NotFound;
  pathOf(name: string): string;
  bodyOf(name: string): { readonly body: Body; readonly length: number | undefined };
}

type OnFailure = (err: unknown) => void;

/** What applications talk to: Open Inference Protocol v2 and the OpenAI-compatible half of `/v1`. Never waits for control. */
export function proxy(needs: Needs): RequestListener {
  const { routes, counters, upstreams, sticky, onFault } = needs;
  const mirror = new Mirror(upstreams);

  return (req, res) => {
    const failed = (err: unknown) => {
      if (err instanceof CallerLeft) return;
      onFault(err);
      answerError(res, 500, 'the gateway made a mistake: see its log');
    };
    guarded(failed, () => handle(req, res, failed));
  };

  function handle(req: IncomingMessage, res: ServerResponse, failed: OnFailure): void {
    const url = req.url ?? '/';
    const target = targetOf(url);
    switch (target.kind) {
      case 'model':
        return oip(req, res, target, failed);
      case 'openai':
        return void openai(req, res, url).catch(failed);
      case 'models':
        return answer(res, 200, { object: 'list', data: liveModels() });
      case 'server':
        return answer(res, 200, { name: 'meridian-gateway', version: '2', extensions: [] });
      case 'live':
        return answer(res, 200, { live: true });
      case 'ready':
        return new Exchange(upstreams, { ...plainCall(req, url), res, ...UNMEASURED }).send();
      case 'unknown':
        return answerError(res, 404, `no such path: ${url.slice(0, 200)}`);
    }
  }

  function oip(req: IncomingMessage, res: ServerResponse, { model, rest, infers }: OipTarget, failed: OnFailure): void {
    if (infers !== (req.method === 'POST')) {
      return answerError(res, 405, `use ${infers ? 'POST' : 'GET'}`, { allow: infers ? 'POST' : 'GET' });
    }
    const passing = (body: Body): Passing => ({
      infers,
      notFound: notFoundOf(rest),
      pathOf: (name) => `/v2/models/${name}${rest}`,
      bodyOf: () => ({ body, length: body instanceof Upload ? lengthOf(req) : undefined }),
    });
    withBody(req, (body) => guarded(failed, () => pass(req, res, model, passing(body))));
  }

  async function openai(req: IncomingMessage, res: ServerResponse, url: string): Promise<void> {
    if (req.method !== 'POST') return answerError(res, 405, 'use POST', { allow: 'POST' });
    const found = await namedBodyOf(req);
    if ('status' in found) return answerError(res, found.status, found.text, { connection: 'close' });
    const { model } = found.named;
    if (!isName(model)) return answerError(res, 404, NO_VERSION);
    const passing = {
      infers: true,
      notFound: 'as-it-says' as const,
      pathOf: () => url,
      bodyOf: (name: string) => found.with(name),
    };
    pass(req, res, model as ModelName, passing);
  }

  function pass(req: IncomingMessage, res: ServerResponse, model: ModelName, passing: Passing): void {
    const route = routes.served(model)?.route;
    const client = clientOf(req);
    const choice = route && chooseFor(route, req, client, passing.infers);
    if (!choice) return answerError(res, 404, NO_VERSION);
    const call = callOf(req, passing, servedName(model, choice.digest));
    if (passing.infers) copy(req, route, passing, client);
    const measured = passing.infers ? counters.begin(route, choice, client) : null;
    const { notFound } = passing;
    new Exchange(upstreams, { call, res, measured, version: choice.digest, notFound }).send();
  }

  function chooseFor(route: Route, req: IncomingMessage, client: number, infers: boolean): Choice | undefined {
    if (!route.canary || !infers) return chosen(route, 1); // metadata and readiness are those of stable
    const sticks = sticky === 'address' || (sticky === 'client' && req.headers['x-client-id'] !== undefined);
    return chosen(route, sticks ? placeOf(client, route.canary.digest) : Math.random());
  }

  /** Sends the canary its copy. A body that is streamed cannot be sent twice. */
  function copy(req: IncomingMessage, route: Route, passing: Passing, client: number): void {
    const choice = mirrored(route, Math.random());
    if (!choice || !mirror.hasRoom) return;
    const name = servedName(route.model, choice.digest);
    if (!Buffer.isBuffer(passing.bodyOf(name).body)) return;
    mirror.send(callOf(req, passing, name), passing.notFound, counters.begin(route, choice, client));
  }

  function liveModels(): readonly { id: ModelName; object: 'model'; owned_by: string }[] {
    const live = routes.models().filter((model) => routes.served(model)?.route.stable);
    return live.map((id) => ({ id, object: 'model', owned_by: 'meridian' }));
  }
}

const NO_VERSION = 'no version live';
const UNMEASURED = { measured: null, version: null, notFound: 'request' } as const;

/** Only a plain `infer` is all runtimes' own: a version the caller chose may not exist, and not all of them generate. */
function notFoundOf(rest: string): NotFound {
  if (/^\/infer(\?|$)/.test(rest)) return 'version';
  return rest.startsWith('/generate') ? 'as-it-says' : 'request';
}

/** Node would end the process for an error that an event's listener throws. */
function guarded(failed: OnFailure, task: () => void): void {
  try {
    task();
  } catch (err) {
    failed(err);
  }
}

function callOf(req: IncomingMessage, passing: Passing, name: string): Call {
  const { body, length } = passing.bodyOf(name);
  const headers = requestHeaders(req, length);
  return { path: passing.pathOf(name), method: req.method as Dispatcher.HttpMethod, headers, body };
}

function plainCall(req: IncomingMessage, path: string): { readonly call: Call } {
  return { call: { path, method: 'GET', headers: requestHeaders(req), body: null } };
}

function lengthOf({ headers }: IncomingMessage): number | undefined {
  return headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
}

/** Who asks, as a hash: the application's own id of its client, else the address. */
function clientOf({ headers, socket }: IncomingMessage): number {
  const id = headers['x-client-id'];
  return hashOf(typeof id === 'string' ? id : (socket.remoteAddress ?? ''));
}
