import { Client, Connection } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import path from 'node:path';
import { createControlActivities } from '../activities';
import { CONTROL_QUEUE } from '../workflows/contract';
import { loadControlConfig } from './config';
import { TemporalEngine } from './engine';
import { announce, connected, runMain, startLog, tlsOptions } from './runtime';
import { followConfiguration } from './configuration-follower';
import { controlPorts, converter } from './wiring';

/** The hub's worker: every workflow, and the activities of the control side, on queue `control`. */
async function main(): Promise<void> {
  const config = loadControlConfig(process.env);
  const log = startLog('control-worker', config.logLevel);
  const { address, namespace, tls } = config.temporal;
  const connection = await connected(config.temporal, log);
  const client = new Client({
    connection: await Connection.connect({ address, ...tlsOptions(tls) }),
    namespace,
    ...converter(config),
  });
  const ports = await controlPorts(config, new TemporalEngine(client, address), log);
  const worker = await Worker.create({
    connection,
    ...converter(config),
    namespace,
    taskQueue: CONTROL_QUEUE,
    workflowBundle: { codePath: path.join(__dirname, '..', 'workflow-bundle.js') },
    activities: createControlActivities(ports),
    maxCachedWorkflows: 600, // one promotion of 500 regions and its line; about 1 MB each without V8 context reuse
    maxHeartbeatThrottleInterval: '500ms',
    shutdownGraceTime: '10s',
  });
  const following = followConfiguration(client, ports.configuration, log);
  try {
    announce({ queue: CONTROL_QUEUE });
    await worker.run();
  } finally {
    following.stop();
    await ports.manifest.close();
    await client.connection.close();
    await connection.close();
  }
}

runMain(main);
