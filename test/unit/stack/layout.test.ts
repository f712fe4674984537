import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { choose } from '../../../stack/choices';
import { EmbeddedStack } from '../../../stack/embedded';
import { keptLayout, layOut } from '../../../stack/layout';

const SERVER = { path: 'p', version: '1', source: 'cache', why: '' };
const ALL = { temporal: SERVER, versitygw: SERVER, registry: SERVER };
const NONE = { temporal: SERVER, versitygw: null, registry: null };
const PLAIN = { store: 'filesystem', registry: 'layout' } as const;

let dir: string;
beforeEach(() => (dir = mkdtempSync(path.join(tmpdir(), 'meridian-layout-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a stack on a directory that was laid out before', () => {
  it('keeps its ports', async () => {
    const first = await layOut(dir, PLAIN);
    expect(await layOut(dir, PLAIN)).toEqual(first);
  });

  it.each([
    [{ ...PLAIN, store: 's3' } as const, /--store s3: .* was laid out with --store filesystem/],
    [{ ...PLAIN, registry: 'distribution' } as const, /--registry distribution: .* with --registry layout/],
  ])('refuses other parts than it was laid out with', async (choices, words) => {
    await layOut(dir, PLAIN);
    await expect(layOut(dir, choices)).rejects.toThrow(words);
    expect(() => choose(choices, NONE, PLAIN)).toThrow(words); // also where there is no server for them
  });

  it('takes what it has where nothing is asked for, whatever servers were found since', async () => {
    const before = (await layOut(dir, PLAIN)).choices;
    expect(choose({}, ALL, before)).toEqual(PLAIN);
    expect(choose({}, ALL)).toEqual({ store: 's3', registry: 'distribution' });
    expect(() => choose({}, NONE, { ...PLAIN, store: 's3' })).toThrow('--store s3: no S3 server was found');
  });

  it('refuses a directory that was moved', async () => {
    await layOut(path.join(dir, 'before'), PLAIN);
    renameSync(path.join(dir, 'before'), path.join(dir, 'after'));
    expect(() => keptLayout(path.join(dir, 'after'))).toThrow(/was laid out as .*before/);
  });

  it.each(['fleet.yaml', 'roster.jws', 'models/fraud.yaml'])('leaves the %s that a person applied', async (name) => {
    const stack = new EmbeddedStack(await layOut(dir, PLAIN), NONE, () => undefined);
    stack.install({ fraud: 'of the stack' });
    const file = path.join(dir, 'config', name);
    expect(readFileSync(file, 'utf8')).not.toBe('');
    writeFileSync(file, 'applied');
    stack.install({ fraud: 'of the stack' });
    expect(readFileSync(file, 'utf8')).toBe('applied');
  });
});
