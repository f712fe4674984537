import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { NodeClock } from '../../../../domain/route-persisted';
import { StateFile } from '../../../../serving/gateway/persistence';
import { RouteTable } from '../../../../serving/gateway/routes';
import { canaryOf, MODEL, NODE, OLD, ROLLOUT, temporaryFolder, token } from '../../../support/gateway';

const L = 60_000;
const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

/** A table over a folder of its own, with a clock that stands still until it is told to go on. */
async function opened() {
  const { folder, release } = temporaryFolder();
  const file = new StateFile(path.join(folder, 'routes.json'));
  const clock = { nowMs: 1_000, wallMs: 1_700_000_000_000 };
  const table = await openAgain(file, clock);
  releases.unshift(release);
  const setCanary = async () => {
    await table.fence(MODEL, { token: token(1, 1), rollout: ROLLOUT });
    const traffic = { stable: OLD, canary: canaryOf(5, { leaseMs: L }) };
    return table.write(MODEL, { token: token(1, 2), rollout: ROLLOUT, generation: 1, cause: 'step', traffic });
  };
  return { folder, file, clock, table, setCanary };
}
async function openAgain(file: StateFile, clock: NodeClock): Promise<RouteTable> {
  const table = await RouteTable.open({ node: NODE, file, clock: () => clock, onFault: () => undefined });
  releases.push(() => table.close());
  return table;
}
const written = (file: StateFile) => readFileSync(file.file, 'utf8');

describe('the route table', () => {
  it('serves stable from the moment that a lease ends, before anything has noticed', async () => {
    const { table, clock, setCanary, file } = await opened();
    await setCanary();
    const before = written(file);
    clock.nowMs += L - 1;
    expect(table.served(MODEL)?.route.canary).toBeDefined();
    clock.nowMs += 1;
    expect(table.served(MODEL)?.route).toMatchObject({ stable: OLD, cause: 'lease', generation: 3 });
    expect(written(file)).toBe(before);
    expect((await table.read(MODEL)).route).toEqual(table.served(MODEL)?.route);
    expect(written(file)).toContain('"cause":"lease"'); // on disk before anybody is told
  });

  it('serves after a kill what the disk says, whichever way the wall clock moved meanwhile', async () => {
    const { clock, setCanary, file } = await opened();
    await setCanary();
    const after = async (wallMs: number) => {
      const next = await openAgain(file, { nowMs: 5, wallMs: clock.wallMs + wallMs });
      return next.served(MODEL)?.route;
    };
    expect((await after(L / 2))?.canary).toBeDefined();
    expect((await after(-L / 2))?.canary).toBeDefined();
    for (const moved of [L + 1, -L - 1]) expect(await after(moved)).toMatchObject({ cause: 'lease', generation: 3 });
  });

  it('goes by the old row when the new one cannot be written, and says so', async () => {
    const { table, setCanary, file, folder } = await opened();
    await table.fence(MODEL, { token: token(1, 1), rollout: ROLLOUT });
    const before = table.served(MODEL);
    mkdirSync(`${file.file}.next`); // a folder where the next file should go: no write can succeed
    await expect(setCanary()).rejects.toThrow(/EISDIR/);
    expect(table.served(MODEL)?.route).toEqual(before?.route);
    rmSync(`${file.file}.next`, { recursive: true });
    await expect(setCanary()).resolves.toMatchObject({ kind: 'ok', route: { generation: 2 } });
    expect(readdirSync(folder).sort()).toEqual(['routes.json', 'routes.json.previous']);
  });

  it('takes commands one at a time: of two writes on one generation one wins', async () => {
    const { table } = await opened();
    await table.fence(MODEL, { token: token(1, 1), rollout: ROLLOUT });
    const write = (seq: number) => {
      const command = { token: token(1, seq), rollout: ROLLOUT, generation: 1, cause: 'flip' } as const;
      return table.write(MODEL, { ...command, traffic: { stable: OLD } });
    };
    const kinds = (await Promise.all([write(2), write(3), write(4)])).map(({ kind }) => kind);
    expect(kinds).toEqual(['ok', 'stale-route', 'stale-route']);
  });

  it.each([
    ['cut short', (text: string) => text.slice(0, -5), /is damaged \(its checksum differs\)/],
    ['changed by a bit', (text: string) => text.replace('"epoch":1', '"epoch":3'), /is damaged/],
    ['empty', () => '', /is damaged/],
  ])('refuses to start on a file that is %s', async (_, damage, text) => {
    const { file, clock, setCanary } = await opened();
    await setCanary();
    writeFileSync(file.file, damage(written(file)));
    await expect(openAgain(file, clock)).rejects.toThrow(text);
  });

  it('refuses to start where its file is gone but the copy before it is not', async () => {
    const { file, clock, setCanary } = await opened();
    await setCanary();
    rmSync(file.file);
    await expect(openAgain(file, clock)).rejects.toThrow(/routes\.json is gone but .*routes\.json\.previous is there/);
  });
});
