import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { AesGcmCodec } from '../../adapters/payload-codec/aes-gcm';
import { newKeyPair, verifyStatement } from '../../domain/approval';
import { parseModelName } from '../../domain/ids';
import { CONTROL_QUEUE, lineId, promotionId } from '../../workflows/contract';
import { startTemporal, type Temporal } from '../support/temporal';

const DIRECT = path.resolve(__dirname, '../../dist/cli/direct.js');
const MODEL = parseModelName('fraud');
const ROLES = ['operator'] as const;
const { publicKey, secretKey } = newKeyPair(new Uint8Array(32).fill(7));

let temporal: Temporal;
let worker: Worker;
let running: Promise<void>;
let folder: string;

function file(name: string, text: string): string {
  const at = path.join(folder, name);
  writeFileSync(at, text, { mode: 0o600 });
  return at;
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'meridian-direct-'));
  const key = randomBytes(32).toString('base64');
  file('codec.key', `${key}\n`);
  file('ada.key', JSON.stringify({ actor: 'ada', publicKey, secretKey }));
  temporal = await startTemporal();
  const dataConverter = { payloadCodecs: [new AesGcmCodec(key)] };
  const workflowsPath = require.resolve('./encrypted');
  worker = await Worker.create({
    ...{ connection: temporal.connection, taskQueue: CONTROL_QUEUE, workflowsPath, dataConverter },
  });
  running = worker.run();
  const { workflow } = new Client({ connection: temporal.client.connection, dataConverter });
  const taskQueue = CONTROL_QUEUE;
  await workflow.start('modelLine', { workflowId: lineId(MODEL), taskQueue, args: [7] });
  await workflow.start('promotion', { workflowId: promotionId(MODEL, 7), taskQueue });
}, 120_000);
afterAll(async () => {
  worker?.shutdown();
  await running;
  await temporal?.stop();
});

/** As `meridian abort --direct` runs it: a process of its own, the codec's key by its environment. */
async function abortDirectly(env: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>> {
  const { address } = temporal;
  const keyFile = path.join(folder, 'ada.key');
  const request = { model: MODEL, epoch: null, reason: 'wrong version', keyFile, address, namespace: 'default' };
  const options = { env: { PATH: process.env.PATH ?? '', ...env } };
  const { stdout } = await promisify(execFile)(process.execPath, [DIRECT, JSON.stringify(request)], options);
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

describe('an abort over Temporal itself, where payloads are encrypted', () => {
  it('finds what is under way, and its statement arrives', async () => {
    const told = await abortDirectly({ MERIDIAN_CODEC_KEY_FILE: path.join(folder, 'codec.key') });
    expect(told.promotion).toBe('promotion/fraud/7');
    const roster = { version: 1, actors: [{ id: 'ada', roles: ROLES, keys: [publicKey] }] };
    const said = { verb: 'abort', promotion: 'promotion/fraud/7', actor: 'ada', reason: 'wrong version' };
    expect(verifyStatement(String(told.answer), roster, Date.now())).toMatchObject({ ok: said });
  });

  it('aborts nothing without the key', async () => {
    const told = await abortDirectly({});
    expect(told).not.toHaveProperty('promotion');
    expect(told.exitCode).not.toBe(0);
  });
});
