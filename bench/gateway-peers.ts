import { accessSync, constants, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The canary's share in every router: all of them do the same work. */
export const CANARY_PCT = 25;

/** What a router of the bench stands before. */
export interface Routed {
  readonly folder: string; // for configuration
  readonly upstream: string; // base URL of the runtime
  readonly model: string;
  readonly stable: string; // names under which the runtime knows the versions
  readonly canary: string;
}
/** A router to compare with: how to start it, in the foreground. */
export interface Peer {
  readonly command: string;
  readonly args: readonly string[];
  readonly url: string;
  ready(): Promise<void>;
}

export function onPath(command: string): boolean {
  return foundOnPath(command) !== undefined;
}

/** HAProxy as its manual does a split that changes at run time: one integer in a map (reference: HAProxy 2.6 configuration manual, 7.3.1). */
export function haproxy(routed: Routed, port: number): Peer {
  const { folder, upstream, model, stable, canary } = routed;
  const map = path.join(folder, 'canary.map');
  writeFileSync(map, `${model} ${CANARY_PCT * 10}\n`);
  const file = path.join(folder, 'haproxy.cfg');
  const backend = (name: string, version: string) => `
backend ${name}
  http-request set-path /v2/models/${version}/infer
  http-response set-header x-model-version ${version}
  server runtime ${new URL(upstream).host}`;
  writeFileSync(
    file,
    `global
  maxconn 4096
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend applications
  bind 127.0.0.1:${port}
  http-request set-var(txn.model) path,field(4,/)
  http-request set-var(txn.canary) var(txn.model),map_str_int(${map},0)
  http-request set-var(txn.dice) rand(1000)
  acl to_canary var(txn.dice),sub(txn.canary) lt 0
  use_backend canary if to_canary
  default_backend stable
${backend('stable', stable)}
${backend('canary', canary)}
`,
  );
  return peer('haproxy', ['-f', file, '-db', '-q'], port);
}

/** nginx with `split_clients` and connections to the runtime kept alive. */
export function nginx(routed: Routed, port: number): Peer {
  const { folder, upstream, stable, canary } = routed;
  const file = path.join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    file,
    `daemon off;
worker_processes auto;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/nginx-${name};`).join('\n  ')}
  keepalive_requests 100000000;
  split_clients $request_id $version { ${CANARY_PCT}% ${canary}; * ${stable}; }
  upstream runtime { server ${new URL(upstream).host}; keepalive 256; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location ~ ^/v2/models/[a-z0-9-]+/infer$ {
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass http://runtime/v2/models/$version/infer;
      add_header x-model-version $version;
    }
  }
}
`,
  );
  return peer('nginx', ['-c', file, '-p', folder, '-e', 'stderr'], port);
}

function peer(name: string, args: readonly string[], port: number): Peer {
  const ready = async () => {
    while (!(await accepts(port))) await pause(20);
  };
  return { command: foundOnPath(name) ?? name, args, url: `http://127.0.0.1:${port}`, ready };
}

function foundOnPath(command: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => path.join(folder, command)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
  }).then((yes) => {
    socket.destroy();
    return yes === true;
  });
}
