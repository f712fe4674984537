import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gatewayBench } from './gateway';
import { onPath } from './gateway-peers';
import type { Scenario } from './scenario';

const PACKAGES = ['haproxy', 'nginx'];

/** Installs the peers that are missing, where this is possible without asking: as root, with apt. Says what it does. */
async function obtainPeers(note: (text: string) => void): Promise<void> {
  const missing = PACKAGES.filter((name) => !onPath(name));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    note(`${missing.join(' and ')} not found, and only root can install packages: compared with the others alone`);
    return;
  }
  note(`installing ${missing.join(' and ')} with apt-get`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }; // level 1: installs, starts no service
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  await promisify(execFile)('apt-get', install, { env }).catch((err: unknown) => note(`apt-get: ${String(err)}`));
}

export const gateway: Scenario = {
  name: 'gateway',
  description: `latency and throughput of the gateway with a canary at 25 %, against the same runtime asked directly, through HAProxy
and through nginx: 64 connections, 1 KB requests in a closed loop, interleaved`,
  run: async ({ short, note }) => {
    await obtainPeers(note);
    return gatewayBench({ seconds: short ? 3 : 30, onNote: note });
  },
};
