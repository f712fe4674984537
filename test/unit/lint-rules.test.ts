import { execFileSync } from 'node:child_process';
import path from 'node:path';

const REFUSED: readonly [file: string, line: string][] = [
  ['domain/route.ts', "import { z } from 'zod';"],
  ['domain/route.ts', "import { createHash } from 'node:crypto';"],
  ['domain/route.ts', "import type { Duration } from '@temporalio/common';"],
  ['domain/route.ts', "import { ed25519 } from '@noble/curves/ed25519.js';"],
  ['domain/route.ts', "import { fleetSchema } from './files/fleet';"],
  ['domain/judge/bound.ts', "import { fleetSchema } from '../files/fleet';"],
  ['domain/approval.ts', "import { z } from 'zod';"],
  ['domain/approval.ts', "import { x } from '@noble/ciphers/aes.js';"],
  ['domain/files/fleet.ts', "import { ed25519 } from '@noble/curves/ed25519.js';"],
  ['domain/files/fleet.ts', "import { readFile } from 'node:fs/promises';"],
  ['domain/route.ts', "import type { Router } from '../ports/router';"],
  ['domain/route.ts', 'export const now = () => Date.now();'],
  ['domain/route.ts', 'export const dice = () => Math.random();'],
  ['domain/route.ts', 'export const home = () => process.env.HOME;'],
  ['ports/router.ts', "import { request } from 'undici';"],
  ['ports/router.ts', "import { split } from '../distribution/pieces';"],
  ['ports/router.ts', "import type { memoryRouter } from '../adapters/router/memory';"],
  ['disk/durable.ts', "import type { Router } from '../ports/router';"],
  ['disk/durable.ts', "import { Client } from 'minio';"],
  ['activities/load.ts', "import { writeFlushed } from '../disk/durable';"],
  ['distribution/transfer.ts', "import { Context } from '@temporalio/activity';"],
  ['distribution/transfer.ts', "import { s3 } from '../adapters/object-store/minio';"],
  ['distribution/transfer.ts', "import { env } from 'node:process';"],
  ['distribution/transfer.ts', 'export const home = () => process.env.HOME;'],
  ['adapters/router/gateway.ts', "import { log } from '@temporalio/activity';"],
  ['adapters/router/gateway.ts', "import { memory } from '../metrics/memory';"],
  ['adapters/router/gateway.ts', "import { transfer } from '../../distribution/transfer';"],
  ['adapters/router/gateway.ts', "import { Client } from 'minio';"],
  ['adapters/object-store/minio.ts', "import { Pool } from 'pg';"],
  ['adapters/manifest/postgres.ts', "import fs from 'fs';"],
  ['adapters/manifest/postgres.ts', 'export const home = () => process.env.HOME;'],
  ['serving/gateway/server.ts', "import { log } from '@temporalio/worker';"],
  ['serving/gateway/server.ts', "import { memory } from '../../adapters/router/memory';"],
  ['serving/gateway/server.ts', "import { flip } from '../../activities/route';"],
  ['activities/route.ts', "import { gateway } from '../adapters/router/gateway';"],
  ['activities/route.ts', "import { promotion } from '../workflows/promotion';"],
  ['activities/route.ts', "import { readFile } from 'node:fs/promises';"],
  ['activities/route.ts', "import { log } from '@temporalio/workflow';"],
  ['workflows/promotion.ts', "import { createActivities } from '../activities';"],
  ['workflows/promotion.ts', "import type { Router } from '../ports/router';"],
  ['workflows/promotion.ts', "import type { Client } from '@temporalio/client';"],
  ['workflows/promotion.ts', "import { fleetSchema } from '../domain/files/fleet';"],
  ['workflows/promotion.ts', "import type { Fleet } from '../domain/files/fleet';"],
  ['workflows/promotion.ts', "import { randomUUID } from 'node:crypto';"],
  ['workflows/promotion.ts', 'export const now = () => Date.now();'],
  ['workflows/clock.ts', 'export const dice = () => Math.random();'],
  ['workflows/clock.ts', 'export const later = setTimeout;'],
  ['workflows/promotion.ts', "export const late = async () => import('../domain/route');"],
  ['workers/region.worker.ts', "import { s3 } from '../adapters/object-store/minio';"],
  ['workers/region.worker.ts', "import { server } from '../api/server';"],
  ['workers/wiring.ts', "import { server } from '../api/server';"],
  ['api/server.ts', "import { promotion } from '../workflows/promotion';"],
  ['api/server.ts', "import { promotion } from '../workflows';"],
  ['api/server.ts', "import { flip } from '../activities/route';"],
  ['api/server.ts', "import { postgres } from '../adapters/manifest/postgres';"],
  ['cli/main.ts', "import { loadConfig } from '../workers/config';"],
  ['cli/main.ts', "import { start } from '../stack/start';"],
  ['console/page.ts', "import type { Manifest } from '../ports/manifest';"],
  ['stack/start.ts', "import { loadConfig } from '../workers/config';"],
  ['stack/start.ts', "import { main } from '../cli/main';"],
  ['stack/start.ts', "import { startEnv } from '../test/support/env';"],
  ['stack/start.ts', "const fs = require('node:fs');"],
  ['test/unit/x.test.ts', 'export const loose = (x: any) => String(x);'],
];

const ACCEPTED: readonly [file: string, line: string][] = [
  ['domain/route.ts', "import type { Digest } from './digest';"],
  ['domain/route.ts', "import type { RouteRow } from './files/route';"],
  ['domain/approval.ts', "import { ed25519 } from '@noble/curves/ed25519.js';"],
  ['domain/approval.ts', "import { sha256 } from '@noble/hashes/sha2.js';"],
  ['domain/files/fleet.ts', "import { z } from 'zod';"],
  ['domain/files/fleet.ts', "import { digest } from '../digest';"],
  ['ports/router.ts', "import type { Route } from '../domain/route';"],
  ['disk/durable.ts', "import { open } from 'node:fs/promises';"],
  ['adapters/router/gateway.ts', "import { writeFlushed } from '../../disk/durable';"],
  ['serving/gateway/server.ts', "import { writeFlushed } from '../../disk/durable';"],
  ['distribution/transfer.ts', "import { createHash } from 'node:crypto';"],
  ['adapters/router/gateway.ts', "import { request } from 'undici';"],
  ['adapters/router/gateway.ts', "import type { Router } from '../../ports/router';"],
  ['adapters/router/gateway.ts', "import { z } from 'zod';"],
  ['adapters/router/gateway.ts', "import { replies } from './replies';"],
  ['adapters/object-store/minio.ts', "import { Client } from 'minio';"],
  ['adapters/manifest/postgres.ts', "import { Pool } from 'pg';"],
  ['serving/gateway/server.ts', "import { createServer } from 'node:http';"],
  ['serving/gateway/server.ts', 'export const home = () => process.env.HOME;'],
  ['serving/gateway/server.ts', "import { openConsole } from './console';"],
  ['activities/route.ts', "import { Context } from '@temporalio/activity';"],
  ['activities/replicate.ts', "import { transfer } from '../distribution/transfer';"],
  ['workflows/promotion.ts', "import { proxyActivities } from '@temporalio/workflow';"],
  ['workflows/promotion.ts', "import type { Activities } from '../activities';"],
  ['workflows/promotion.ts', "import { phases } from '../domain/phase';"],
  ['workflows/clock.ts', 'export const now = () => Date.now();'],
  ['workers/wiring.ts', "import { s3 } from '../adapters/object-store/minio';"],
  ['workers/region.worker.ts', "import { Worker } from '@temporalio/worker';"],
  ['api/server.ts', "import { offerUpdate } from '../workflows/contract';"],
  ['api/wiring.ts', "import { postgres } from '../adapters/manifest/postgres';"],
  ['cli/main.ts', "import { Command } from 'commander';"],
  ['stack/start.ts', "import { memory } from '../adapters/router/memory';"],
  ['bench/judge.ts', "import { judge } from '../domain/judge';"],
  ['test/unit/x.test.ts', "import { loadConfig } from '../../workers/config';"],
];

describe('the import table', () => {
  const found = new Map<string, string[]>(); // file and line -> what lint says

  beforeAll(() => {
    const root = path.resolve(__dirname, '../..');
    const lines = [...REFUSED, ...ACCEPTED].map(([file, line]) => ({ file, line: `${line}\n` }));
    const options = { cwd: root, input: JSON.stringify(lines), encoding: 'utf8' } as const;
    const answer = execFileSync(process.execPath, [path.join(root, 'test/support/lint-lines.mjs')], options);
    for (const [at, messages] of (JSON.parse(answer) as string[][]).entries())
      found.set(`${lines[at]?.file} ${lines[at]?.line.trim()}`, messages);
  });

  it.each(REFUSED)('refuses in %s: %s', (file, line) => {
    const messages = found.get(`${file} ${line}`);
    expect(messages).not.toEqual([]);
    expect(String(messages)).not.toContain('Parsing error');
  });

  it.each(ACCEPTED)('accepts in %s: %s', (file, line) => {
    expect(found.get(`${file} ${line}`)).toEqual([]);
  });
});
