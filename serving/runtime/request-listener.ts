import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { about } from './about';
import type { BearerCheck } from './bearer';
import type { LoadedModel } from './loaded-model';
import { Refusal, wordsOf } from './refusal';
import type { Repository } from './repository';

const MODEL_PATH = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(infer|ready))?$/;
const ORDER_PATH = /^\/v2\/repository\/models\/([^/]+)\/(load|unload)$/;
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Answers the Open Inference Protocol v2 over HTTP, with the model repository extension. Bodies are JSON text. */
export function requestListener(repository: Repository, isAllowed: BearerCheck): RequestListener {
  return (request, response) => {
    answer(request).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        const status = error instanceof Refusal ? error.status : 500;
        send(response, status, JSON.stringify({ error: wordsOf(error) }));
      },
    );
  };

  async function answer(request: IncomingMessage): Promise<string> {
    const path = request.url?.split('?', 1)[0] ?? '/';
    const model = MODEL_PATH.exec(path);
    if (model) return answerModel(request, model[1]!, model[2], model[3]);
    if (path.startsWith('/v2/repository/')) return answerRepository(request, path);
    await drain(request, 'GET');
    if (path === '/v2') return JSON.stringify(about());
    if (path === '/v2/health/live') return '{"live":true}';
    if (path === '/v2/health/ready') return '{"ready":true}'; // it listens only when it is
    throw new Refusal(404, `there is nothing at ${path}`);
  }

  async function answerModel(request: IncomingMessage, name: string, version?: string, verb?: string): Promise<string> {
    const body = await drain(request, verb === 'infer' ? 'POST' : 'GET');
    const model = repository.ready(decoded(name));
    if (version !== undefined && version !== '1') throw new Refusal(404, `model ${name} has version 1, not ${version}`);
    if (verb === 'infer') return model.infer(body);
    return verb === 'ready' ? JSON.stringify({ name: model.name, ready: true }) : metadataJson(model);
  }

  async function answerRepository(request: IncomingMessage, path: string): Promise<string> {
    if (!isAllowed(request.headers.authorization)) {
      throw new Refusal(401, 'repository calls need the header `authorization: Bearer <token>` of this runtime');
    }
    const body = await drain(request, 'POST');
    if (path === '/v2/repository/index') {
      const index = await repository.index();
      return JSON.stringify(asksForReady(body) ? index.filter(({ state }) => state === 'READY') : index);
    }
    const [, name, order] = ORDER_PATH.exec(path) ?? [];
    if (name === undefined) throw new Refusal(404, `there is nothing at ${path}`);
    await (order === 'load' ? repository.load(decoded(name)) : repository.unload(decoded(name)));
    return '{}';
  }
}

/** Reads the whole body, which also frees the connection for the next request. @throws Refusal 405, 413 */
function drain(request: IncomingMessage, method: 'GET' | 'POST'): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    request.on('error', reject);
    request.on('end', () => {
      if (request.method !== method) reject(new Refusal(405, `${request.url} takes ${method}`));
      else if (bytes > MAX_BODY_BYTES) reject(new Refusal(413, `${bytes} bytes, the most is ${MAX_BODY_BYTES}`));
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
  });
}

function send(response: ServerResponse, status: number, body: string): void {
  if (response.destroyed) return; // the caller has gone
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refusal(400, `${segment} is no model name`);
  }
}

function metadataJson({ name, inputs, outputs }: LoadedModel): string {
  return JSON.stringify({ name, versions: ['1'], platform: 'onnxruntime_onnx', inputs, outputs });
}

function asksForReady(body: Buffer): boolean {
  if (body.byteLength === 0) return false;
  try {
    return (JSON.parse(body.toString('utf8')) as { ready?: unknown }).ready === true;
  } catch (error) {
    throw new Refusal(400, `the body is not JSON: ${wordsOf(error)}`);
  }
}
