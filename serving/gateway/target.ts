import { isName, type ModelName } from '../../domain/ids';

/** A request of the Open Inference Protocol v2 about one model. */
export interface OipTarget {
  readonly kind: 'model';
  readonly model: ModelName;
  readonly rest: string; // of the path, behind the model's name
  readonly infers: boolean;
}
/** What an application asks for. */
export type Target =
  | OipTarget
  | { readonly kind: 'openai' } // the model is named in the body
  | { readonly kind: 'models' } // the list of an OpenAI-compatible server
  | { readonly kind: 'server' | 'live' | 'ready' }
  | { readonly kind: 'unknown' };

// The inference half of the Open Inference Protocol v2. Its repository extension (load, unload) is not for applications.
const MODEL_PATH =
  /^\/v2\/models\/([^/?]+)((?:\/versions\/[A-Za-z0-9][\w.-]*)?(?:\/(infer|generate|generate_stream|ready))?)(\?.*)?$/;
// Inference only: servers keep their adapter and sleep controls under /v1 too.
const OPENAI_PATH =
  /^\/v1\/(?:chat\/completions|completions|embeddings|responses|rerank|score|moderations|audio\/speech|images\/generations)(?:\?.*)?$/;

/** Parses the path of a request. Pure. */
export function targetOf(url: string): Target {
  const [, model, rest, verb, query] = MODEL_PATH.exec(url) ?? [];
  if (model !== undefined && isName(model)) {
    const infers = verb !== undefined && verb !== 'ready';
    return { kind: 'model', model: model as ModelName, rest: `${rest ?? ''}${query ?? ''}`, infers };
  }
  if (OPENAI_PATH.test(url)) return { kind: 'openai' };
  if (url === '/v1/models') return { kind: 'models' };
  if (url === '/v2' || url === '/v2/') return { kind: 'server' };
  if (url === '/v2/health/live') return { kind: 'live' };
  if (url === '/v2/health/ready') return { kind: 'ready' };
  return { kind: 'unknown' };
}
