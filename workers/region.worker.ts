import { Worker } from '@temporalio/worker';
import { createRegionActivities } from '../activities';
import { gpuQueue, regionQueue } from '../workflows/contract';
import { loadRegionConfig } from './config';
import { announce, connected, runMain, startLog } from './runtime';
import { converter, regionPorts } from './wiring';

/** One region's effects. Polls `region.<id>` and `region.<id>.gpu` outbound, so the region opens no inbound port. */
async function main(): Promise<void> {
  const config = loadRegionConfig(process.env);
  const log = startLog('region-worker', config.logLevel).child({ region: config.region });
  const activities = createRegionActivities(await regionPorts(config));
  const connection = await connected(config.temporal, log);
  const shared = {
    connection,
    ...converter(config),
    namespace: config.temporal.namespace,
    activities,
    maxHeartbeatThrottleInterval: '500ms', // contract 5: how soon a watch learns that it is cancelled
    shutdownGraceTime: '10s', // lets a transfer heartbeat its position before the process ends
  } as const;
  try {
    const effects = await Worker.create({
      ...shared,
      taskQueue: regionQueue(config.region),
      maxConcurrentActivityTaskPolls: 4,
    });
    const gpu = await Worker.create({
      ...shared,
      taskQueue: gpuQueue(config.region),
      maxConcurrentActivityTaskExecutions: 1, // one at a time each (contract 1)
      maxConcurrentActivityTaskPolls: 1,
    });
    announce({ region: config.region });
    await Promise.all([effects.run(), gpu.run()]);
  } finally {
    await connection.close();
  }
}

runMain(main);
