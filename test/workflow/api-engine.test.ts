import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { TemporalEngine } from '../../api/temporal-engine';
import type { Digest, ModelName, RegionId } from '../../domain/ids';
import { CONTROL_QUEUE, regionQueue, rolloutId, type RolloutInput } from '../../workflows/contract';
import { freePort } from '../../stack/free-port';
import { startServer, type ServerProcess } from '../support/processes';
import { requireServer } from '../support/servers';

const FRAUD = 'fraud' as ModelName;
const EU = 'eu-north' as RegionId;
const V1 = `sha256:${'1'.repeat(64)}` as Digest;
const codePath = path.resolve(__dirname, '../../dist/workflow-bundle.js');

describe('the api over a real Temporal', () => {
  let server: ServerProcess;
  let engine: TemporalEngine;
  let client: Client;
  let address: string;

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const port = await freePort();
    address = `127.0.0.1:${port}`;
    const database = path.join(mkdtempSync(path.join(tmpdir(), 'meridian-api-')), 'temporal.db');
    const where = ['--ip', '127.0.0.1', '--port', String(port), '--db-filename', database];
    const isUp = () => Connection.connect({ address, connectTimeout: 500 }).then((up) => up.close().then(() => true));
    server = await startServer(requireServer('temporal'), ['server', 'start-dev', '--headless', ...where], { isUp });
    ({ engine, client } = engineAt(address));
  });
  afterAll(async () => {
    await engine.close();
    await server.stop();
  });

  it('knows a line, a promotion and a rollout that are not there from a Temporal that is not', async () => {
    await engine.check();
    const missing = { status: 404, code: 'NotFound' };
    await expect(engine.line('nobody' as ModelName)).rejects.toMatchObject(missing);
    await expect(engine.status({ model: FRAUD, epoch: 99 })).rejects.toMatchObject(missing);
    await expect(engine.updatePromotion({ model: FRAUD, epoch: 99 }, 'abort', 'x')).rejects.toMatchObject(missing);

    const away = engineAt(`127.0.0.1:${await freePort()}`).engine;
    const asked = await Promise.allSettled([away.check(), away.line(FRAUD), away.updateLine(FRAUD, 'hold', 'x')]);
    const message = expect.stringMatching(`Temporal at ${away.address} does not answer .*check that`) as string;
    const unavailable = { status: 'rejected', reason: { type: 'EngineUnavailable', message } };
    expect(asked).toMatchObject([unavailable, unavailable, unavailable]);
    await away.close();
  });

  it('says that the control worker is missing when Temporal answers and nobody works', async () => {
    const model = 'unworked' as ModelName;
    await client.workflow.start('modelLine', {
      workflowId: `line/${model}`,
      taskQueue: CONTROL_QUEUE,
      args: [{ model }],
    });
    await expect(engine.line(model)).rejects.toMatchObject({ status: 503, code: 'WorkerUnavailable' });
  });

  it('hands on what a validator refuses, word for word, and what an activity under way says of itself', async () => {
    const loadRules = async () => Promise.reject(new Error('no rules here'));
    const fenceRow = async () => null;
    const connection = await NativeConnection.connect({ address });
    const shared = { connection, workflowBundle: { codePath } };
    const control = await Worker.create({
      ...shared,
      taskQueue: CONTROL_QUEUE,
      activities: { loadRules, fenceRow },
    });
    const activities = { fenceRegion: beatAndWait };
    const region = await Worker.create({ connection, taskQueue: regionQueue(EU), activities });
    const ended = region.runUntil(() =>
      control.runUntil(async () => {
        const refused = { status: 409, message: 'a start that no registry asks for has to be signed' };
        const offer = { digest: V1, id: 'x', source: 'operator' } as const;
        await expect(engine.offer(FRAUD, offer)).rejects.toMatchObject(refused);
        await expect(engine.line(FRAUD)).resolves.toMatchObject({ queue: [], current: null });

        const workflowId = rolloutId(FRAUD, 1, EU);
        const handle = await client.workflow.start('regionRollout', {
          workflowId,
          taskQueue: CONTROL_QUEUE,
          args: [input],
        });
        await beating;
        await expect(engine.rollout({ model: FRAUD, epoch: 1 }, EU)).resolves.toMatchObject({ phase: 'reserving' });
        await expect(untilSaid(() => engine.pending({ model: FRAUD, epoch: 1 }, EU))).resolves.toMatchObject([
          { activity: 'fenceRegion', state: 'running', attempt: 1, progress: { looks: 7 } },
        ]);
        await handle.terminate();
      }),
    );
    await ended;
    await connection.close();
  });
});

function engineAt(address: string) {
  const connection = Connection.lazy({ address, connectTimeout: 3_000 });
  const client = new Client({ connection });
  return { client, engine: new TemporalEngine(client, connection, address) };
}

let hasBeaten: () => void;
const beating = new Promise<void>((resolve) => (hasBeaten = resolve));

/** An activity that says how far it is until its workflow is gone. */
async function beatAndWait(): Promise<never> {
  const { heartbeat, cancelled } = Context.current();
  heartbeat({ looks: 7 });
  hasBeaten();
  const timer = setInterval(() => heartbeat({ looks: 7 }), 100);
  return cancelled.finally(() => clearInterval(timer));
}

/** Heartbeats travel a moment later than they are made: asks until one has arrived. */
async function untilSaid(ask: () => ReturnType<TemporalEngine['pending']>) {
  for (;;) {
    const activities = await ask();
    if (activities.some(({ progress }) => progress !== null)) return activities;
  }
}

const input: RolloutInput = {
  ...{ model: FRAUD, epoch: 1, attempt: 1, region: EU, freight: V1, version: 'v1', steps: [], mode: 'split' },
  ...{ flipBakeMs: 10, watch: { lookMs: 1_000, leaseMs: 15_000, limits: {} as RolloutInput['watch']['limits'] } },
  validation: { tolerance: { rtol: 0, atol: 0 }, minCasesPerSecond: 0 },
  ...{ gated: [], holdMs: 1_000, patienceMs: 60_000, keepPrevious: 2, fastTrack: false },
};
