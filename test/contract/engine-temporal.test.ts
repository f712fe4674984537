import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { parseModelName } from '../../domain/ids';
import { freePort } from '../../stack/free-port';
import { TemporalEngine } from '../../workers/engine';
import { CONTROL_QUEUE, lineId, lineQuery } from '../../workflows/contract';
import { startTemporal, type Temporal } from '../support/temporal';
import { engineLaws } from './engine';

let temporal: Temporal;
let worker: Worker;
let running: Promise<void>;
beforeAll(async () => {
  temporal = await startTemporal();
  const { connection } = temporal;
  const workflowsPath = require.resolve('./engine-workflows');
  worker = await Worker.create({ connection, taskQueue: CONTROL_QUEUE, workflowsPath });
  running = worker.run();
}, 120_000);
afterAll(async () => {
  worker.shutdown();
  await running;
  await temporal.stop();
}, 60_000);

describe('the engine over Temporal', () => {
  engineLaws(async () => {
    const { client, address } = temporal;
    const started = async (type: string, input: unknown) => {
      const workflowId = `${type}/${randomUUID()}`;
      await client.workflow.start(type, { workflowId, taskQueue: CONTROL_QUEUE, args: [input] });
      return workflowId;
    };
    const start = async (withChild?: string) => {
      const id = await started(withChild ? 'waitsWithChild' : 'waits', 'the end');
      const engine = new TemporalEngine(client, address);
      while (withChild && (await engine.children(id)).length === 0);
      return id;
    };
    return {
      engine: new TemporalEngine(client, address),
      start,
      end: async (id) => {
        const handle = client.workflow.getHandle(id);
        await handle.signal('end');
        await handle.result();
      },
      terminate: async (id) => void (await client.workflow.getHandle(id).terminate()),
      startRollout: async (status) => started('rollout', status),
      startPromotion: async (status) => started('promotion', status),
      offersOf: async (model) => {
        const { queue } = await client.workflow.getHandle(lineId(model)).query(lineQuery);
        return queue.map(({ digest }) => digest);
      },
      unknown: `promotion/${randomUUID()}`,
      model: parseModelName(`fraud-${randomUUID().slice(0, 8)}`),
    };
  });

  it('says that Temporal does not answer when it does not', async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    const connection = Connection.lazy({ address: nobody });
    const engine = new TemporalEngine(new Client({ connection }), nobody);
    const asking = connection.withDeadline(Date.now() + 1_000, () => engine.describe('line/fraud')); // else 20 s
    await expect(asking).rejects.toMatchObject({ name: 'EngineUnavailable' });
    await connection.close();
  });
});
