import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DirectoryConfiguration } from '../../adapters/configuration/directory';
import { MemoryConfiguration } from '../../adapters/configuration/memory';
import { parseModelName } from '../../domain/ids';
import { configurationLaws, ROOT_PUBLIC_KEY, rosterOf } from './configuration';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'meridian-configuration-'));
});
afterAll(() => rm(root, { recursive: true }));
const directory = () => mkdtemp(path.join(root, 'd-'));
const FRAUD = parseModelName('fraud');
const fleet = { name: 'fleet.yaml', text: 'regions: [{ id: eu-north }]' };

describe('the memory configuration', () =>
  configurationLaws(async () => new MemoryConfiguration({ rootPublicKey: ROOT_PUBLIC_KEY })));
describe('the directory configuration', () =>
  configurationLaws(async () => new DirectoryConfiguration(path.join(await directory(), 'new'), ROOT_PUBLIC_KEY)));

describe('a configuration directory', () => {
  it('holds just the files that were applied', async () => {
    const home = await directory();
    await new DirectoryConfiguration(home, ROOT_PUBLIC_KEY).apply([fleet, { name: 'models/fraud.yaml', text: '' }]);
    expect((await readdir(home, { recursive: true })).sort()).toEqual(['fleet.yaml', 'models', 'models/fraud.yaml']);
    await expect(readFile(path.join(home, 'fleet.yaml'), 'utf8')).resolves.toBe(fleet.text);
  });

  it('puts back what it replaced when a file cannot take its place', async () => {
    const home = await directory();
    const configuration = new DirectoryConfiguration(home, ROOT_PUBLIC_KEY);
    const model = { name: 'models/fraud.yaml', text: '' };
    await configuration.apply([fleet, model]);
    await mkdir(path.join(home, 'models', '.fraud.yaml.old')); // in the way of the copy that it keeps
    const changed = [
      { ...fleet, text: 'regions: [{ id: us-east }]' },
      { name: 'models/new.yaml', text: '' },
      { ...model, text: 'poll: 5m' },
    ];
    await expect(configuration.apply(changed)).rejects.toThrow();
    await expect(readFile(path.join(home, 'fleet.yaml'), 'utf8')).resolves.toBe(fleet.text);
    expect((await readdir(home, { recursive: true })).sort()).toEqual(['fleet.yaml', 'models', 'models/fraud.yaml']);
    await expect(configuration.apply(changed)).resolves.toHaveLength(3);
  });

  it('believes no file that a person put there before it is checked', async () => {
    const home = await directory();
    const configuration = new DirectoryConfiguration(home, ROOT_PUBLIC_KEY);
    await configuration.apply([fleet]);
    await mkdir(path.join(home, 'models'));
    await writeFile(path.join(home, 'models', 'fraud.yaml'), 'hold: soon');
    await expect(configuration.model(FRAUD)).rejects.toMatchObject({ type: 'InvalidPlan' });
    await writeFile(path.join(home, 'models', 'fraud.yaml'), Buffer.from([0xff, 0xfe]));
    await expect(configuration.model(FRAUD)).rejects.toThrow(/UTF-8/);
    await writeFile(path.join(home, 'models', 'fraud.yaml'), '#'.repeat(5 * 1024 * 1024));
    await expect(configuration.model(FRAUD)).rejects.toThrow(/5242880 bytes/);
    await writeFile(path.join(home, 'models', 'My Model.yaml'), '');
    await expect(configuration.models()).rejects.toThrow(/My Model.yaml: rename it/);
  });

  it('takes a good roster where a bad one stands', async () => {
    const home = await directory();
    const configuration = new DirectoryConfiguration(home, ROOT_PUBLIC_KEY);
    await writeFile(path.join(home, 'roster.jws'), 'x');
    await expect(configuration.roster()).rejects.toMatchObject({ type: 'InvalidPlan' });
    await configuration.apply([rosterOf(1)]);
    await expect(configuration.roster()).resolves.toMatchObject({ version: 1 });
  });

  it('installs one after the other what is applied at once', async () => {
    const configuration = new DirectoryConfiguration(await directory(), ROOT_PUBLIC_KEY);
    const model = { name: 'models/fraud.yaml', text: 'placement: [us-east]' };
    const [first, second] = await Promise.allSettled([configuration.apply([fleet]), configuration.apply([model])]);
    expect([first?.status, second?.status]).toEqual(['fulfilled', 'rejected']);
    await expect(configuration.apply([{ ...model, text: '' }])).resolves.toEqual(['models/fraud.yaml']);
  });
});
