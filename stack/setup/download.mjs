import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream/promises';
import tls from 'node:tls';

const ANSWER_MS = 5000; // without internet the set-up must go on within seconds
const STALL_MS = 30_000; // no byte for so long is a stall; slow is allowed
const REDIRECTS = 5;
const silent = new Set(); // hosts that did not answer once are not asked again in this process

/** Fetches `url` into `file`. @throws Error naming what went wrong; a file whose SHA-256 differs is never accepted */
export async function download(url, file, sha256, say) {
  const reply = await open(new URL(url), REDIRECTS);
  const total = Number(reply.headers['content-length'] ?? 0);
  const hash = createHash('sha256');
  let bytes = 0;
  reply.setTimeout?.(STALL_MS, () => reply.destroy(new Error(`no byte for ${STALL_MS / 1000} s`)));
  reply.on('data', (chunk) => {
    hash.update(chunk);
    bytes += chunk.length;
    say(`downloading, ${megabytes(bytes)}${total ? ` of ${megabytes(total)}` : ''} MB`);
  });
  await pipeline(reply, createWriteStream(file));
  const found = hash.digest('hex');
  if (found !== sha256) throw new Error(`arrived with sha256 ${found}, not the published ${sha256}`);
}

const megabytes = (bytes) => Math.round(bytes / 1e6);

async function open(url, redirects) {
  const reply = await ask(url);
  if (reply.statusCode === 200) return reply;
  reply.resume();
  const { location } = reply.headers;
  if (location === undefined) throw new Error(`${url.host} answered ${reply.statusCode}`);
  if (redirects === 0) throw new Error(`${url.host} redirects without end`);
  return open(new URL(location, url), redirects - 1);
}

async function ask(url) {
  if (silent.has(url.host)) throw new Error(`${url.host} did not answer before`);
  const deadline = AbortSignal.timeout(ANSWER_MS);
  try {
    const proxy = proxyFor(url);
    return await answerOf(url, deadline, proxy && { socket: await tunnel(proxy, url, deadline) });
  } catch (error) {
    silent.add(url.host);
    const why = deadline.aborted ? `no answer in ${ANSWER_MS / 1000} s` : error.code || error.message;
    throw new Error(`${url.host}: ${why}`, { cause: error });
  }
}

function answerOf(url, deadline, over) {
  return new Promise((resolve, reject) => {
    const createConnection = over && (() => tls.connect({ ...over, servername: url.hostname }));
    const agent = over ? undefined : false; // with an agent, createConnection would not be asked
    const request = https.get(url, { headers: { 'user-agent': 'meridian-setup' }, createConnection, agent });
    const giveUp = () => request.destroy(new Error('no answer'));
    deadline.addEventListener('abort', giveUp, { once: true });
    request.on('error', reject);
    request.on('response', (reply) => {
      deadline.removeEventListener('abort', giveUp);
      resolve(reply);
    });
  });
}

/** A connection to `url`'s host through an HTTP proxy. */
function tunnel(proxy, url, signal) {
  const headers = {};
  if (proxy.username) {
    const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    headers['proxy-authorization'] = `Basic ${Buffer.from(user).toString('base64')}`;
  }
  const client = proxy.protocol === 'https:' ? https : http;
  const path = `${url.hostname}:${url.port || 443}`;
  return new Promise((resolve, reject) => {
    const request = client.request({
      ...{ host: proxy.hostname, port: proxy.port || (client === https ? 443 : 80) },
      ...{ method: 'CONNECT', path, headers, signal, agent: false },
    });
    request.on('connect', (reply, socket) => {
      if (reply.statusCode === 200) resolve(socket);
      else reject(new Error(`proxy ${proxy.host} answered ${reply.statusCode}`));
    });
    request.on('error', (error) => reject(new Error(`proxy ${proxy.host}: ${error.code || error.message}`)));
    request.end();
  });
}

/** The proxy that the environment names for `url`, in the spelling of curl and go. */
export function proxyFor(url, env = process.env) {
  const named = env.HTTPS_PROXY || env.https_proxy || env.ALL_PROXY || env.all_proxy;
  if (!named) return undefined;
  const direct = (env.NO_PROXY || env.no_proxy || '').split(',').map((name) => name.trim().replace(/^\*?\./, ''));
  const spared = direct.some((name) => name && (name === '*' || `.${url.hostname}`.endsWith(`.${name}`)));
  return spared ? undefined : new URL(named.includes('://') ? named : `http://${named}`);
}
