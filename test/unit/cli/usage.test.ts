import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Failure } from '../../../domain/failures';
import { Stage } from './stage';

let stage: Stage;
beforeEach(async () => {
  stage = await new Stage().open();
});
afterEach(() => stage.close());

const COMMANDS = [
  ...['push', 'apply', 'plan', 'promote', 'rollback', 'status', 'watch', 'history', 'explain', 'approve', 'reject'],
  ...['pause', 'resume', 'extend', 'retry', 'skip', 'abort', 'release', 'freeze', 'thaw', 'hold', 'unhold'],
  ...['doctor', 'demo', 'up'],
];

describe('help', () => {
  it('lists every command and the exit codes, in 80 columns', async () => {
    const { code, out } = await stage.run(['--help']);
    expect(code).toBe(0);
    for (const name of [...COMMANDS, 'keys']) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    for (const exitCode of [0, 1, 2, 3, 4, 5, 6, 7, 130]) expect(out).toMatch(new RegExp(`^  ${exitCode}  \\w`, 'm'));
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each([...COMMANDS, 'keys new', 'keys show', 'keys roster'])('of %s has examples that fit', async (name) => {
    const { code, out } = await stage.run([...name.split(' '), '--help']);
    expect([code, out]).toEqual([0, expect.stringContaining(`$ meridian ${name}`)]);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('prints the version', async () => {
    expect(await stage.run(['--version'])).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  });
});

describe('a wrong use', () => {
  it.each([
    [['promoet', 'fraud'], 'Did you mean promote?'],
    [['status', '--regoin', 'x'], 'Did you mean --region?'],
    [['status', 'fraud', 'extra'], 'too many arguments'],
    [['status', '--api', 'nowhere'], '"nowhere" is no address of an api'],
    [[], 'Usage: meridian'],
  ])('%j ends with 2 and says what was meant', async (args, words) => {
    const { code, err } = await stage.run(args);
    expect([code, err]).toEqual([2, expect.stringContaining(words)]);
  });

  it('takes shared options before the command too', async () => {
    const { code, out } = await stage.run(['--json', 'status', 'fraud']);
    expect([code, JSON.parse(out)]).toMatchObject([0, { rows: [] }]);
  });
});

describe('an api that is away', () => {
  let hanging: Server | undefined;
  afterEach(() => {
    hanging?.close();
    hanging = undefined;
  });

  it('is named with its address and what to do, when nobody listens', async () => {
    const url = stage.url;
    await stage.closeApi();
    const { code, err } = await stage.run(['status']);
    expect(code).toBe(4);
    expect(err).toBe(
      `meridian: the api at ${url} does not answer (ECONNREFUSED)\n` +
        '  check that it runs there, or name another with --api or MERIDIAN_API\n',
    );
  });

  it('is named within 3 s when it takes the connection and says nothing', async () => {
    hanging = createServer(() => undefined);
    await new Promise<void>((resolve) => void hanging?.listen(0, '127.0.0.1', resolve));
    const { port } = hanging.address() as AddressInfo;
    const startedMs = Date.now();
    const { code, err } = await stage.run(['status', '--api', `http://127.0.0.1:${port}`]);
    expect([code, err]).toEqual([4, expect.stringContaining(`127.0.0.1:${port} does not answer (nothing within 3 s)`)]);
    expect(Date.now() - startedMs).toBeLessThan(5_000);
  });

  it('is told apart from a server that is no api', async () => {
    hanging = createServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi'),
    );
    await new Promise<void>((resolve) => void hanging?.listen(0, '127.0.0.1', resolve));
    const { port } = hanging.address() as AddressInfo;
    const { code, err } = await stage.run(['status', '--api', `http://127.0.0.1:${port}`]);
    expect([code, err]).toEqual([4, expect.stringContaining('is this the api?')]);
  });

  it('says which part behind it is away', async () => {
    stage.engine.failure = new Failure('EngineUnavailable', 'Temporal at 127.0.0.1:7233 does not answer');
    const { code, err } = await stage.run(['plan', 'fraud', '--json']);
    expect(code).toBe(4);
    expect(JSON.parse(err)).toEqual({
      error: { code: 'EngineUnavailable', message: 'Temporal at 127.0.0.1:7233 does not answer', exitCode: 4 },
    });
  });
});
