import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { OipInference } from '../../adapters/inference/oip';
import { answerCases } from '../../distribution/golden-answers';
import type { RuntimeConfig } from '../../serving/runtime/config';
import { randomRequest } from '../../stack/models/requests';
import { seeded } from '../../stack/models/rng';
import { modelRepository, rowSums, TOKEN } from '../support/model-repository';
import { rowsOf } from './inference';

const DIST = path.resolve(__dirname, '../../dist');
const go = new AbortController().signal;
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

describe('the runtime as a process', () => {
  it('serves what it served before when it is killed and started again, before it takes a request', async () => {
    const config = await modelRepository({ a: rowSums(), b: rowSums(2) });
    const first = await started(config);
    await first.inference.load('a');
    await first.inference.load('b');
    await first.inference.unload('a', go);
    await first.kill('SIGKILL');
    const second = await started(config);
    await expect(second.inference.loaded()).resolves.toEqual(['b']);
    await expect(second.inference.infer('b', rowsOf(1), go)).resolves.toMatchObject({ modelName: 'b' });
  });

  it('ends by itself with code 0 when it is asked to', async () => {
    const { kill } = await started(await modelRepository({}));
    await expect(kill('SIGTERM')).resolves.toBe(0);
  });

  it('says what is missing when it is not configured', async () => {
    const run = promisify(execFile)(process.execPath, [path.join(DIST, 'serving/runtime/main.js')], { env: {} });
    await expect(run).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('TOKEN_FILE is not set') });
  });
});

describe('the versions of the demo', () => {
  it('pass and fail their golden sets as they were made to', async () => {
    const folder = await models();
    const config = await modelRepository({});
    for (const version of ['v1', 'v2', 'v3', 'v4', 'v5', 'v6']) {
      await mkdir(path.join(config.modelRepository, version), { recursive: true });
      await cp(path.join(folder, version), path.join(config.modelRepository, version, '1'), { recursive: true });
    }
    const { inference } = await started(config);
    for (const version of ['v1', 'v2', 'v3', 'v5', 'v6']) {
      await inference.load(version);
      expect(await answers(inference, folder, version)).toMatchObject({ cases: 64, agreed: 64, problems: [] });
    }
    await inference.load('v4');
    const damaged = await answers(inference, folder, 'v4');
    expect(damaged.agreed).toBeLessThan(16);
    expect(damaged.worst).toEqual([expect.objectContaining({ output: 'score', allowed: 0.02 })]);
    expect(damaged.worst[0]!.absolute).toBeGreaterThan(0.2);
    const long = randomRequest(seeded(1), 9);
    await expect(inference.infer('v2', long, go)).resolves.toMatchObject({ modelName: 'v2' });
    await expect(inference.infer('v3', long, go)).rejects.toMatchObject({ type: 'Unsupported' });
  }, 180_000);
});

/** Made once, and kept where the demo finds them. */
async function models(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(DIST, 'stack/models/build.js')]);
  return (JSON.parse(stdout) as { folder: string }).folder;
}

function answers(inference: OipInference, folder: string, version: string) {
  return answerCases({
    goldenSet: createReadStream(path.join(folder, version, 'golden.jsonl')),
    infer: (request) => inference.infer(version, request, go),
    servedName: version,
    tolerance: { rtol: 0, atol: 0 }, // every case brings its own
    nowMs: () => performance.now(),
    signal: go,
    onCase: () => undefined,
  });
}

async function started(config: RuntimeConfig) {
  const env = {
    MERIDIAN_RUNTIME_PORT: '0',
    MERIDIAN_RUNTIME_MODEL_REPOSITORY: config.modelRepository,
    MERIDIAN_RUNTIME_STATE_DIR: config.stateDir,
    MERIDIAN_RUNTIME_TOKEN_FILE: config.tokenFile,
  };
  const child = spawn(process.execPath, [path.join(DIST, 'serving/runtime/main.js')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const kill = (signal: NodeJS.Signals) => (child.kill(signal), ended);
  const inference = new OipInference({ runtimes: [{ url: await addressOf(child), token: TOKEN }] });
  open.push({ close: async () => void (await kill('SIGKILL')) }, inference);
  return { inference, kill };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the runtime ended with ${code} before it listened`)));
    child.stdout!.once('data', (line: Buffer) => resolve((JSON.parse(line.toString()) as { url: string }).url));
  });
}
