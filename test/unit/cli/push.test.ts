import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LayoutRegistry } from '../../../adapters/registry/layout';
import { MEDIA_TYPES } from '../../../domain/freight';
import { configOf, parseFreight } from '../../../domain/freight-manifest';
import type { Digest } from '../../../domain/ids';
import type { Registry } from '../../../ports/registry';
import { Stage } from './stage';

let stage: Stage;
beforeEach(() => {
  stage = new Stage(); // no api is asked
});
afterEach(() => stage.close());

const signal = new AbortController().signal;
const CONFIG = { model: 'fraud', version: 'v7', about: 'a fine-tune', requires: { runtime: 'onnxruntime' } };

function folder(files: Readonly<Record<string, string>> = {}): string {
  const at = path.join(stage.folder, 'v7');
  const all = { 'config.json': JSON.stringify(CONFIG), 'model.onnx': 'weights', 'golden.jsonl': '{}\n', ...files };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(at, name)), { recursive: true });
    writeFileSync(path.join(at, name), text);
  }
  return at;
}

async function freightIn(registry: Registry, digest: Digest) {
  const { body } = await registry.manifest('models/fraud', digest);
  const config = configOf(body);
  const runs: Uint8Array[] = [];
  if (config) for await (const run of registry.blob('models/fraud', config.digest, signal)) runs.push(run);
  return parseFreight({ digest, manifest: body, config: Buffer.concat(runs) });
}

describe('meridian push', () => {
  const push = (args: readonly string[]) => stage.run(['push', ...args, '--registry', 'https://registry.example']);

  it('pushes every file as a layer, and config.json as the config', async () => {
    const { code, out } = await push([folder({ 'tokens/vocabulary.txt': 'a b c' }), '--tag', 'live', '--json']);
    const answer = JSON.parse(out) as { digest: Digest };
    expect([code, answer]).toEqual([
      0,
      { digest: answer.digest, repository: 'models/fraud', tag: 'live', bytes: 15, movedBytes: 15 },
    ]);
    expect(await stage.registry.resolve('models/fraud', 'live')).toBe(answer.digest);
    const freight = await freightIn(stage.registry, answer.digest);
    expect(freight).toMatchObject({ model: 'fraud', version: 'v7', requires: { runtime: 'onnxruntime' } });
    expect(freight.files.map(({ path: name, mediaType }) => [name, mediaType])).toEqual([
      ['golden.jsonl', MEDIA_TYPES.golden],
      ['model.onnx', MEDIA_TYPES.weights],
      ['tokens/vocabulary.txt', 'application/octet-stream'],
    ]);
    expect(freight.goldenSet).toBe(freight.files[0]?.digest);
  });

  it('names the same content by the same digest, and sends nothing twice', async () => {
    const first = await push([folder()]);
    const second = await push([folder(), '--json']);
    expect(JSON.parse(second.out)).toMatchObject({ digest: first.out.trim(), tag: 'v7', movedBytes: 0 });
    expect(second.err).toContain('model.onnx  7 B  was there already');
    expect(first.err).toMatch(/model\.onnx {2}7 B {2}pushed, .*\/s/);
  });

  it("keeps another tool's config.json as a file, and then wants model and version", async () => {
    const other = folder({ 'config.json': '{"hidden_size":64}' });
    const without = await push([other]);
    expect([without.code, without.err]).toEqual([2, expect.stringContaining('--model is missing')]);
    const { code, out } = await push([other, '--model', 'fraud', '--version', 'v8']);
    expect(code).toBe(0);
    const { files, version } = await freightIn(stage.registry, out.trim() as Digest);
    expect([version, files.map((file) => file.path)]).toEqual(['v8', ['config.json', 'golden.jsonl', 'model.onnx']]);
  });

  it('leaves out what begins with a dot', async () => {
    const { out } = await push([folder({ '.DS_Store': 'x', '.git/HEAD': 'x' })]);
    const { files } = await freightIn(stage.registry, out.trim() as Digest);
    expect(files.map((file) => file.path)).toEqual(['golden.jsonl', 'model.onnx']);
  });

  it.each([
    [{ requires: { gpus: 'nvidia' } }, 6, /config.requires.gpus is unknown/],
    [{ model: 'Fraud!' }, 2, /not a model name: "Fraud!"/],
    [{ version: '' }, 6, /not a version/],
  ])('refuses a config with %j before anything is pushed', async (wrong, exitCode, words) => {
    const { code, err } = await push([folder({ 'config.json': JSON.stringify({ ...CONFIG, ...wrong }) })]);
    expect([code, err]).toEqual([exitCode, expect.stringMatching(words)]);
    expect(await stage.registry.tags('models/fraud')).toEqual([]);
  });

  it.each([
    [['--version', 'v8'], 2, /--version is v8, but config.json says v7/],
    [['--repository', '../etc'], 2, /not a repository name/],
    [['--tag', 'no tag'], 2, /not a tag/],
    [['--username', 'ci'], 2, /--username and --password-file go together/],
  ])('refuses %j', async (args, exitCode, words) => {
    const { code, err } = await push([folder(), ...args]);
    expect([code, err]).toEqual([exitCode, expect.stringMatching(words)]);
  });

  it('refuses a link, an empty file, an empty folder and none', async () => {
    const linked = folder();
    symlinkSync('/etc/hostname', path.join(linked, 'host'));
    const empty = path.join(stage.folder, 'empty');
    mkdirSync(empty);
    expect((await push([linked])).err).toContain('is no plain file');
    expect((await push([empty])).code).toBe(5);
    expect((await push([path.join(stage.folder, 'none')])).code).toBe(5);
  });

  it('hands credentials from a file to the registry', async () => {
    const file = stage.file('password', 'hunter2\n');
    await push([folder(), '--username', 'ci', '--password-file', file]);
    const credentials = { username: 'ci', password: 'hunter2' };
    expect(stage.registries).toEqual([{ location: 'https://registry.example', credentials }]);
  });

  it('wants to be told whether host:port is a registry or a folder', async () => {
    const { code, err } = await stage.run(['push', folder(), '--registry', 'localhost:5000']);
    expect([code, err]).toEqual([2, expect.stringContaining('http://localhost:5000')]);
  });

  it('writes an image layout that other tools read', async () => {
    const at = path.join(stage.folder, 'layout');
    const layout = new LayoutRegistry(at);
    stage.registryAt = () => layout;
    const { out } = await stage.run(['push', folder(), '--registry', at, '--tag', 'v7']);
    expect(await new LayoutRegistry(at).resolve('models/fraud', 'v7')).toBe(out.trim());
    expect((await freightIn(layout, out.trim() as Digest)).files).toHaveLength(2);
  });
});
