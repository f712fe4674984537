import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { newKeyPair, verifyRoster } from '../../../domain/approval';
import { Failure } from '../../../domain/failures';
import { EU, line, row } from './fixtures';
import { Stage } from './stage';

let stage: Stage;
beforeEach(async () => {
  stage = await new Stage().open();
});
afterEach(() => stage.close());

describe('meridian apply', () => {
  const folder = () => {
    const at = path.join(stage.folder, 'configuration');
    mkdirSync(path.join(at, 'models'), { recursive: true });
    writeFileSync(path.join(at, 'fleet.yaml'), 'fleet');
    writeFileSync(path.join(at, 'notes.txt'), 'no part of it');
    writeFileSync(path.join(at, 'models', 'fraud.yaml'), 'model: other');
    return at;
  };

  it('installs what a folder holds, under the names that it has there', async () => {
    const { code, out } = await stage.run(['apply', folder()]);
    expect([code, out]).toEqual([0, 'installed fleet.yaml\ninstalled models/fraud.yaml\n']);
    expect(stage.configured).toEqual([
      { name: 'fleet.yaml', text: 'fleet' },
      { name: 'models/fraud.yaml', text: 'model: other' },
    ]);
  });

  it.each([
    ['fraud.yaml', 'waves: []', 'models/fraud.yaml'],
    ['fraud.yml', 'waves: []', 'models/fraud.yaml'],
    ['new-limits.yaml', 'model: fraud', 'models/fraud.yaml'],
    ['fraud.yaml', '{ no yaml', 'models/fraud.yaml'],
    ['roster.jws', 'a.b.c', 'roster.jws'],
  ])('installs the single file %s with %j as %s', async (name, text, installed) => {
    await stage.run(['apply', stage.file(name, text)]);
    expect(stage.configured).toEqual([{ name: installed, text }]);
  });

  it('only says what it would install when told so', async () => {
    const { out } = await stage.run(['apply', folder(), '--dry-run', '--json']);
    expect(JSON.parse(out)).toEqual({ dryRun: true, installed: [], wouldInstall: ['fleet.yaml', 'models/fraud.yaml'] });
    expect(stage.configured).toEqual([]);
  });

  it('prints all problems of all files, and installs none', async () => {
    const [one, two] = [stage.file('a.yaml', 'bad'), stage.file('b.yaml', 'bad')];
    const { code, err } = await stage.run(['apply', one, two]);
    expect([code, err]).toEqual([6, 'meridian: models/a.yaml:1:1: found bad\nmodels/b.yaml:1:1: found bad\n']);
    expect(stage.configured).toEqual([]);
  });

  it.each([
    [['none.yaml'], 5, 'there is no file'],
    [['.'], 5, 'has no fleet.yaml'],
    [['package.json'], 2, 'is no fleet.yaml, <model>.yaml or roster.jws'],
  ])('refuses %j', async (args, exitCode, words) => {
    const { code, err } = await stage.run(['apply', ...args]);
    expect([code, err]).toEqual([exitCode, expect.stringContaining(words)]);
  });
});

describe('meridian keys', () => {
  it('makes a key that only its owner reads, and never overwrites one', async () => {
    const file = path.join(stage.folder, 'new.key');
    const { code, out } = await stage.run(['keys', 'new', '--actor', 'lin', '--out', file]);
    expect(code).toBe(0);
    const key = JSON.parse(readFileSync(file, 'utf8')) as { actor: string; publicKey: string; secretKey: string };
    expect([key.actor, key.publicKey]).toEqual(['lin', out.trim()]);
    expect(newKeyPair(Buffer.from(key.secretKey, 'base64url')).publicKey).toBe(key.publicKey);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await stage.run(['keys', 'new', '--actor', 'lin', '--out', file]);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('never overwritten')]);
  });

  it('shows the public key, and nothing secret', async () => {
    const { out } = await stage.run(['keys', 'show', '--json']);
    const { secretKey, publicKey } = JSON.parse(readFileSync(stage.ada, 'utf8')) as {
      secretKey: string;
      publicKey: string;
    };
    expect(JSON.parse(out)).toEqual({ actor: 'ada', publicKey, file: stage.ada, openToOthers: false });
    expect(out).not.toContain(secretKey);
  });

  it.each([
    ['no JSON', 'text'],
    ['no secret', '{"actor":"ada"}'],
    ['a secret of another length', '{"actor":"ada","secretKey":"AAAA"}'],
    ['a public key of another', `{"actor":"ada","publicKey":"AAAA","secretKey":"${'A'.repeat(43)}"}`],
  ])('refuses a key file with %s', async (_what, text) => {
    const { code, err } = await stage.run(['keys', 'show', stage.file('x.key', text)]);
    expect([code, err]).toEqual([2, expect.stringContaining('meridian keys new')]);
  });

  it('signs a roster that regions accept under the root key', async () => {
    const root = path.join(stage.folder, 'root.key');
    const { out: rootKey } = await stage.run(['keys', 'new', '--actor', 'root', '--out', root]);
    const { out: ada } = await stage.run(['keys', 'show', '--json']);
    const { publicKey } = JSON.parse(ada) as { publicKey: string };
    const people = `version: 3\nactors:\n  - id: ada\n    roles: [starter, operator]\n    keys: [${publicKey}]\n`;
    const signed = path.join(stage.folder, 'roster.jws');
    const args = ['keys', 'roster', stage.file('people.yaml', people), '--root-key', root, '--out', signed];
    expect((await stage.run(args)).code).toBe(0);
    const answer = verifyRoster(readFileSync(signed, 'utf8').trim(), rootKey.trim(), 2);
    const actors = [{ id: 'ada', roles: ['starter', 'operator'], keys: [publicKey] }];
    expect(answer).toEqual({ ok: { version: 3, actors } });
  });

  it.each([
    ['version: 1\nactors: []', 'it names no actor'],
    ['version: 0\nactors: [{}]', 'version is not 1'],
    ['version: 1\nactors: [{ id: ada }]', 'actors[0] is not'],
    ['people: []', 'people is unknown'],
    ['{ a', 'people.yaml: '],
  ])('refuses the roster %j', async (text, words) => {
    const file = stage.file('people.yaml', text);
    const { code, err } = await stage.run(['keys', 'roster', file, '--root-key', stage.ada, '--out', `${file}.jws`]);
    expect([code, err]).toEqual([6, expect.stringContaining(words)]);
  });
});

describe('meridian doctor', () => {
  it('finds all well', async () => {
    await stage.manifest.record(row(EU));
    stage.engine.lineState = line({ roster: stage.engine.roster });
    const { code, out } = await stage.run(['doctor', '--json']);
    const { findings } = JSON.parse(out) as { findings: { name: string; ok: boolean }[] };
    expect([code, findings.map(({ name, ok }) => `${name} ${ok}`)]).toEqual([
      0,
      [
        ...['node true', 'key true', 'api true', 'clock true', 'temporal true', 'manifest true'],
        ...['configuration true', 'registry true', 'roster true'],
      ],
    ]);
  });

  it('says what is not well, and what to do', async () => {
    chmodSync(stage.ada, 0o644);
    stage.engine.failure = new Failure('EngineUnavailable', 'Temporal at 127.0.0.1:7233 does not answer');
    const { code, out } = await stage.run(['doctor']);
    expect(code).toBe(1);
    expect(out).toMatch(/^key +not ok .*\n(.*\n)? +chmod 600 /m);
    expect(out).toMatch(
      /^temporal +not ok +Temporal at 127\.0\.0\.1:7233 does not answer\n +check that Temporal runs/m,
    );
    for (const text of out.split('\n')) expect(text.length).toBeLessThanOrEqual(80);
  });

  it('notices a key that the roster does not list', async () => {
    await stage.manifest.record(row(EU));
    stage.engine.lineState = line({ roster: { version: 4, actors: stage.engine.roster.actors.slice(1) } });
    const { code, out } = await stage.run(['doctor']);
    expect([code, out]).toEqual([1, expect.stringMatching(/^roster +not ok +version 4 has no ada$/m)]);
  });

  it('goes on to say what it can without an api or a key', async () => {
    const { code, out } = await stage.run(['doctor', '--api', 'http://127.0.0.1:1'], {
      env: { MERIDIAN_KEY_FILE: '' },
    });
    expect(code).toBe(1);
    expect(out).toMatch(/^key +not ok/m);
    expect(out).toMatch(/^api +not ok/m);
  });
});
