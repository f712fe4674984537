import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const SERVERS = path.resolve(__dirname, '../../../stack/setup/servers.mjs');
const NO_INTERNET = 'http://127.0.0.1:1'; // a proxy at a port where nobody listens
const NEW_TEMPORAL = 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)';
const OLD_TEMPORAL = 'temporal version 1.0.0 (Server 1.24.2, UI 2.26.2)';

interface Answer {
  readonly path?: string | null;
  readonly source?: string;
  readonly fallback?: string;
  readonly why?: string;
  readonly error?: string;
}

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);

/** A program that answers `--version`, and otherwise does what `body` says. */
function program(file: string, version: string, body = ''): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\nif [ "$1" = --version ]; then echo '${version}'; exit; fi\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

async function find(name: string, env: NodeJS.ProcessEnv = {}): Promise<Answer> {
  const script = `import { findServer } from ${JSON.stringify(SERVERS)};
    const answer = await findServer('${name}', () => {}).catch(({ message }) => ({ error: message }));
    console.log(JSON.stringify(answer));`;
  const all = { PATH: at('path'), MERIDIAN_CACHE: at('cache'), HTTPS_PROXY: NO_INTERNET, ...env };
  const args = ['--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: all });
  return JSON.parse(stdout) as Answer;
}

/** A `go` that makes a registry of the pinned version and keeps a list of its calls. */
const fakeGo = () =>
  program(
    at('path', 'go'),
    'go',
    `PATH=/usr/bin:/bin; echo "$*" >> ${at('calls')}
     printf '#!/bin/sh\\necho registry github.com/distribution/distribution/v3 v3.1.2\\n' > "$GOBIN/registry"
     chmod 755 "$GOBIN/registry"`,
  );

beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'meridian-setup-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the set-up', () => {
  it('takes the server that the environment names before any other', async () => {
    program(at('path', 'temporal'), NEW_TEMPORAL);
    const named = program(at('named'), NEW_TEMPORAL);
    expect(await find('temporal', { TEMPORAL_CLI_PATH: named })).toMatchObject({ path: named, source: 'env' });
  });

  it.each([
    ['no such file', 'nowhere', undefined],
    ['a program of the same name', 'other', 'temporal, a game'],
    ['a server that is too old', 'old', OLD_TEMPORAL],
  ])('refuses an explicit path that is %s, and names the variable', async (_, name, version) => {
    const named = version === undefined ? at(name) : program(at(name), version);
    program(at('path', 'temporal'), NEW_TEMPORAL);
    const { error } = await find('temporal', { TEMPORAL_CLI_PATH: named });
    expect(error).toContain(`TEMPORAL_CLI_PATH=${named}`);
    expect(error).toContain('server 1.29 or newer');
  });

  it('takes the first suitable program on PATH and passes over an old one', async () => {
    program(at('path', 'temporal'), OLD_TEMPORAL);
    const suitable = program(at('more', 'temporal'), NEW_TEMPORAL);
    const found = await find('temporal', { PATH: `${at('path')}:${at('more')}` });
    expect(found).toMatchObject({ path: suitable, source: 'path' });
  });

  it('takes the pinned version from the cache, and no other version', async () => {
    program(at('cache', 'bin', 'temporal@v1.4.0'), NEW_TEMPORAL);
    expect(await find('temporal')).toMatchObject({ error: expect.stringContaining('no Temporal dev server') });
    const pinned = program(at('cache', 'bin', 'temporal@v1.5.1'), NEW_TEMPORAL);
    expect(await find('temporal')).toMatchObject({ path: pinned, source: 'cache' });
  });

  it('says what it tried and what to do where there is no Temporal', async () => {
    const { error } = await find('temporal');
    for (const line of ['TEMPORAL_CLI_PATH is not set', 'no temporal on PATH', 'download: github.com', 'go install'])
      expect(error).toContain(line);
    expect(error).toContain('set TEMPORAL_CLI_PATH to it, or install Go');
  });

  it.each([
    ['versitygw', 'filesystem'],
    ['registry', 'layout'],
  ])('does without %s, says so and names what takes its place', async (name, fallback) => {
    expect(await find(name)).toMatchObject({ path: null, fallback, why: expect.stringContaining('is not set') });
  });

  it('builds with go install, once, when two set-ups run at the same time', async () => {
    fakeGo();
    const found = await Promise.all([find('registry'), find('registry')]);
    expect(found.map((answer) => answer.path)).toEqual(Array(2).fill(at('cache', 'bin', 'registry@v3.1.2')));
    expect(readFileSync(at('calls'), 'utf8').trim()).toBe(
      'install github.com/distribution/distribution/v3/cmd/registry@v3.1.2',
    );
  });

  it('removes what a killed set-up left and goes on in its place', async () => {
    fakeGo();
    mkdirSync(at('cache', 'bin', '.making-999999999-x'), { recursive: true });
    writeFileSync(at('cache', 'bin', '.registry@v3.1.2.lock'), JSON.stringify({ pid: 999999999, host: hostname() }));
    expect(await find('registry')).toMatchObject({ source: 'go install' });
    expect(readdirSync(at('cache', 'bin'))).toEqual(['registry@v3.1.2']);
  });

  it('asks the proxy that the environment names, and says what it answered', async () => {
    const asked: (string | undefined)[] = [];
    const proxy = http.createServer().on('connect', (request, socket) => {
      asked.push(request.url);
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { error } = await find('temporal', { HTTPS_PROXY: address });
    proxy.close();
    expect(asked).toEqual(['github.com:443']);
    expect(error).toContain('answered 407');
  });
});
