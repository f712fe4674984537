import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { PostgresManifest } from '../../adapters/manifest/postgres';
import type { ModelName } from '../../domain/ids';
import { lockDirectory } from '../../stack/directory-lock';
import type { ManifestEvent } from '../../ports/manifest';
import { freshDirectory, startManifest } from './manifest-server';

const MODEL = 'fraud' as ModelName;
const event: Omit<ManifestEvent, 'id'> = {
  ...{ at: '2026-01-01T00:00:00.000Z', model: MODEL, promotion: null, region: null, kind: 'phase' },
  ...{ text: 'enters canary', detail: {} },
};

describe('the embedded manifest as a process', () => {
  it('loses no acknowledged row when it is killed with -9 in the middle of writes, and serves the same client again', async () => {
    const directory = freshDirectory();
    const first = await startManifest(directory);
    const manifest = new PostgresManifest({ url: first.url, poolSize: 4 });
    const acknowledged = new Set<string>();
    const write = async (writer: number) => {
      for (let n = 0; ; n++) {
        await manifest.append(`${writer}/${n}`, { ...event, text: `${writer}/${n}` });
        acknowledged.add(`${writer}/${n}`);
        if (acknowledged.size === 100) void first.stop('SIGKILL');
      }
    };
    const outcomes = await Promise.allSettled([0, 1, 2, 3].map(write));
    const unavailable = { status: 'rejected', reason: { type: 'ManifestUnavailable' } };
    expect(outcomes).toMatchObject([unavailable, unavailable, unavailable, unavailable]);

    const second = await startManifest(directory, first.port);
    const kept = new Set((await manifest.events({ afterId: 0, limit: 10_000 })).map(({ text }) => text));
    expect([...acknowledged].filter((text) => !kept.has(text))).toEqual([]);
    expect(acknowledged.size).toBeGreaterThanOrEqual(100);
    await manifest.append('after', event);
    await manifest.close();
    await second.stop('SIGTERM');
  });

  it('refuses a directory that a live process holds, and names it', async () => {
    const directory = freshDirectory();
    const holder = await startManifest(directory);
    await expect(startManifest(directory)).rejects.toThrow(`is in use by process ${holder.process.pid}`);
    await holder.stop('SIGTERM');
  });

  it('takes over the lock of a dead process, and of another process that has its pid now', async () => {
    const directory = freshDirectory();
    const killed = await startManifest(directory);
    await killed.stop('SIGKILL');
    const next = await startManifest(directory);
    await next.stop('SIGTERM');

    const reused = freshDirectory();
    mkdirSync(reused, { recursive: true });
    writeFileSync(path.join(reused, 'lock.4'), JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
    const server = await startManifest(reused);
    expect(await server.stop('SIGTERM')).toBe(0);
  });

  // Only where /proc tells a dead process from a living one with its pid (Linux).
  (existsSync('/proc/self/stat') ? it : it.skip)('takes over the lock of a process that ended unnoticed', async () => {
    const parent = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 60']); // the second `sleep` never asks how the first one ended
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(printed.toString());
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await new Promise(setImmediate);
    const directory = freshDirectory();
    const owner = { pid, startedAt: null };
    writeFileSync(path.join(directory, 'lock.1'), JSON.stringify(owner));
    lockDirectory(directory)();
    parent.kill('SIGKILL');
    expect(readdirSync(directory)).toEqual(['lock.2']);
  });

  it('ends with code 0 on SIGTERM with a client connected, and the rows are there the next time', async () => {
    const directory = freshDirectory();
    const first = await startManifest(directory);
    const manifest = new PostgresManifest({ url: first.url });
    await manifest.append('kept', event);
    expect(await first.stop('SIGTERM')).toBe(0);
    const second = await startManifest(directory, first.port);
    await expect(manifest.events({ afterId: 0, limit: 5 })).resolves.toHaveLength(1);
    await manifest.close();
    await second.stop('SIGTERM');
  });
});

describe('a manifest that does not answer', () => {
  it('is named with its address and what to check, without its password', async () => {
    const manifest = new PostgresManifest({ url: 'postgresql://me:secret@127.0.0.1:1/meridian' });
    const failure = (await manifest.rows().catch((error: unknown) => error)) as Error;
    expect(failure).toMatchObject({ type: 'ManifestUnavailable' });
    expect(failure.message).toMatch(/127\.0\.0\.1:1\/meridian does not answer: .*ECONNREFUSED.*check that PostgreSQL/);
    expect(failure.message).not.toContain('secret');
    await manifest.close();
  });

  it('is given up on within the time set when the far side accepts and stays silent', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const manifest = new PostgresManifest({ url: `postgresql://me@127.0.0.1:${port}/meridian`, connectMs: 200 });
    await expect(manifest.rows()).rejects.toMatchObject({ type: 'ManifestUnavailable' });
    await manifest.close();
    silent.close();
  });
});
