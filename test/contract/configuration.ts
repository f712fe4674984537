import { newKeyPair, signRoster, type Roster } from '../../domain/approval';
import { parseModelName } from '../../domain/ids';
import type { Configuration } from '../../ports/configuration';

const ROOT = newKeyPair(new Uint8Array(32).fill(5));
export const ROOT_PUBLIC_KEY = ROOT.publicKey;
const FRAUD = parseModelName('fraud');
const FLEET = { name: 'fleet.yaml', text: 'regions: [{ id: eu-north }, { id: us-east }]\n' };
const MODEL = { name: 'models/fraud.yaml', text: 'waves: [[eu-north], [us-east]] # grüßt\n' };
/** A signed roster of one actor, as a file. */
export const rosterOf = (version: number, key = ROOT.secretKey) => {
  const roster: Roster = { version, actors: [{ id: 'ada', keys: [ROOT.publicKey], roles: ['operator'] }] };
  return { name: 'roster.jws', text: `${signRoster(roster, key)}\n` };
};

/** The laws of the configuration port. Every adapter's test calls this with a way to make an empty one under `ROOT_PUBLIC_KEY`. */
export function configurationLaws(make: () => Promise<Configuration>): void {
  let configuration: Configuration;
  beforeEach(async () => {
    configuration = await make();
  });
  const installed = async (): Promise<unknown[]> => [
    await configuration.models(),
    ...(await Promise.all(
      [configuration.fleet(), configuration.model(FRAUD), configuration.roster()].map((read) => read.catch(typeOf)),
    )),
  ];
  const typeOf = (err: { type: string }): string => err.type;

  it('has nothing at first, and says so by name', async () => {
    expect(await installed()).toEqual([[], 'FreightNotFound', 'FreightNotFound', 'FreightNotFound']);
  });

  it('reads what was applied, with the digest of its bytes', async () => {
    await expect(configuration.apply([MODEL, FLEET, rosterOf(3)])).resolves.toEqual([
      MODEL.name,
      FLEET.name,
      'roster.jws',
    ]);
    await expect(configuration.models()).resolves.toEqual([FRAUD]);
    const fleet = await configuration.fleet();
    expect(fleet.value.regions.map(({ id }) => id)).toEqual(['eu-north', 'us-east']);
    // printf '%s\n' 'regions: [{ id: eu-north }, { id: us-east }]' | sha256sum
    expect(fleet.digest).toBe('sha256:bdcb7f154a4199e655b94b98dd18d1895ff7b26ad4c14ca8fc168863c096cfe9');
    await expect(configuration.model(FRAUD)).resolves.toMatchObject({
      value: { model: FRAUD, waves: [['eu-north'], ['us-east']] },
      digest: 'sha256:707cd82268c33d19941facc96af722ab66b2ee435cad48f116b83e10ee2b55b6',
    });
    await expect(configuration.roster()).resolves.toMatchObject({ version: 3 });
  });

  it('checks without installing', async () => {
    await expect(configuration.check([FLEET, MODEL])).resolves.toEqual([FLEET.name, MODEL.name]);
    expect(await installed()).toEqual([[], 'FreightNotFound', 'FreightNotFound', 'FreightNotFound']);
  });

  it('answers with the files that changed', async () => {
    await configuration.apply([FLEET, MODEL]);
    const changed = { ...MODEL, text: `${MODEL.text}poll: 5m\n` };
    await expect(configuration.check([FLEET, changed])).resolves.toEqual([MODEL.name]);
    await expect(configuration.apply([FLEET, changed])).resolves.toEqual([MODEL.name]);
    await expect(configuration.apply([FLEET, changed])).resolves.toEqual([]);
  });

  it('installs all or nothing, and names every problem of every file', async () => {
    await configuration.apply([FLEET, MODEL, rosterOf(3)]);
    const before = await installed();
    const files = [
      { ...FLEET, text: 'regions: [{ id: eu-north, gpus: 1 }, { id: us-east }]' },
      { ...MODEL, text: 'hold: soon\npoll: x' },
      { name: 'models/new.yaml', text: '{' },
      { name: 'notes.txt', text: 'x' },
      { ...rosterOf(3), text: 'x' },
    ];
    for (const method of ['check', 'apply'] as const) {
      const error: unknown = await configuration[method](files).catch((err: unknown) => err);
      expect(error).toMatchObject({ type: 'InvalidPlan' });
      const places = [
        'fleet.yaml:1:27:',
        'fraud.yaml:1:1:',
        'fraud.yaml:2:1:',
        'new.yaml:1:',
        'notes.txt:',
        'roster.jws:',
      ];
      for (const place of places) expect(String(error)).toContain(place);
    }
    expect(await installed()).toEqual(before);
  });

  it.each([
    ['../fleet.yaml', 'regions: [{ id: a }]'],
    ['models/../fleet.yaml', 'regions: [{ id: a }]'],
    ['models/a/b.yaml', ''],
    ['/etc/fleet.yaml', ''],
    ['models/Bad Name.yaml', ''],
    ['models/fraud.yml', ''],
  ])('refuses the file name %s', async (name, text) => {
    await expect(configuration.apply([FLEET, { name, text }])).rejects.toMatchObject({ type: 'InvalidPlan' });
    await expect(configuration.fleet()).rejects.toMatchObject({ type: 'FreightNotFound' });
  });

  it('refuses a fleet that takes a region from under an installed model', async () => {
    await configuration.apply([FLEET, MODEL]);
    const smaller = { ...FLEET, text: 'regions: [{ id: eu-north }]' };
    await expect(configuration.apply([smaller])).rejects.toThrow(/fraud.yaml:1:22: waves\[1\]\[0\]: found "us-east"/);
    await expect(configuration.apply([smaller, { ...MODEL, text: '' }])).resolves.toHaveLength(2);
  });

  it('refuses a model without a fleet', async () => {
    await expect(configuration.apply([MODEL])).rejects.toThrow(/there is no fleet.yaml yet/);
  });

  it('refuses a roster under another key, and one of a lower version', async () => {
    await configuration.apply([rosterOf(3)]);
    const other = newKeyPair(new Uint8Array(32).fill(6)).secretKey;
    await expect(configuration.apply([rosterOf(4, other)])).rejects.toThrow(/not signed by the root key/);
    await expect(configuration.apply([rosterOf(2)])).rejects.toThrow(/version 2, version 3 was seen/);
    await configuration.apply([rosterOf(4)]);
    await expect(configuration.roster()).resolves.toMatchObject({ version: 4 });
  });
}
