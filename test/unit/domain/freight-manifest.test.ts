import { Failure } from '../../../domain/failures';
import { MAX_MANIFEST_BYTES, MEDIA_TYPES } from '../../../domain/freight';
import { configOf, parseFreight } from '../../../domain/freight-manifest';
import { digestOf, packed } from '../../support/freight';

type Json = Record<string, unknown>;
const { freight, manifest, config } = packed({ golden: '{}', requires: { runtime: 'onnxruntime', memoryBytes: 10 } });
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const json = () =>
  JSON.parse(new TextDecoder().decode(manifest)) as Json & { layers: (Json & { annotations: Json })[] };

/** What is wrong with a manifest (and config), as the failure lists it. */
function problemsOf(body: Uint8Array, configBody: Uint8Array | null = config): readonly string[] {
  try {
    parseFreight({ digest: freight.digest, manifest: body, config: configBody });
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({ type: 'InvalidFreight' });
    return (error as Failure).details?.problems as string[];
  }
  return [];
}

function changed(change: (body: ReturnType<typeof json>) => void): Uint8Array {
  const body = json();
  change(body);
  return bytes(body);
}

describe('the manifest of a freight', () => {
  it('reads back what push wrote', () => {
    expect(parseFreight({ digest: freight.digest, manifest, config })).toEqual(freight);
    expect(configOf(manifest)).toEqual({
      mediaType: MEDIA_TYPES.config,
      digest: digestOf(config),
      bytes: config.byteLength,
    });
  });

  it('is the same bytes for the same content', () => {
    expect(packed({ version: 'v7' }).freight.digest).toBe(packed({ version: 'v7' }).freight.digest);
  });

  it.each([
    ['../evil', 'climbs out'],
    ['a/../../evil', 'climbs out'],
    ['/etc/passwd', 'is absolute'],
    ['C:/windows', 'is absolute'],
    ['a\\b', 'backslash'],
    ['nul\u0000', 'control'],
    ['line\nbreak', 'control'],
    ['rtl\u202egnp.exe', 'control'],
    ['', 'is empty'],
    ['a//b', 'empty or `.`'],
    ['./a', 'empty or `.`'],
    ['a/', 'empty or `.`'],
    ['x'.repeat(256), 'longer'],
  ])('refuses the layer name %j', (title, problem) => {
    const [found] = problemsOf(
      changed(({ layers }) => (layers[0]!.annotations['org.opencontainers.image.title'] = title)),
    );
    expect(found).toContain(problem);
  });

  it.each<[string, (body: ReturnType<typeof json>) => void, string]>([
    ['two layers of one name', ({ layers }) => layers.push(layers[0]!), 'occurs twice'],
    [
      'a file that is a folder too',
      ({ layers }) => layers.push({ ...layers[0]!, annotations: { 'org.opencontainers.image.title': 'model.onnx/a' } }),
      'is a file and the folder of',
    ],
    ['a layer with no name', ({ layers }) => (layers[0]!.annotations = {}), 'which file is it'],
    ['no layers', (body) => (body.layers = []), 'no layers'],
    ['layers that are no list', (body) => (body.layers = {} as never), 'no layers'],
    ['a negative size', ({ layers }) => (layers[0]!.size = -1), 'not a count of bytes'],
    ['a size that is no number', ({ layers }) => (layers[0]!.size = '12'), 'not a count of bytes'],
    ['a size beyond what is exact', ({ layers }) => (layers[0]!.size = 2 ** 60), 'not a count of bytes'],
    ['another digest algorithm', ({ layers }) => (layers[0]!.digest = 'md5:abc'), 'not sha256'],
    [
      'an uppercase digest',
      ({ layers }) => (layers[0]!.digest = String(layers[0]!.digest).toUpperCase()),
      'not sha256',
    ],
    [
      'one digest with two sizes',
      ({ layers }) => layers.push({ ...layers[0]!, size: 1, annotations: { 'org.opencontainers.image.title': 'b' } }),
      'is also said to have',
    ],
    ['an index', (body) => (body.manifests = []), 'index of several manifests'],
    ['another media type', (body) => (body.mediaType = 'text/html'), 'no image manifest'],
    ['schema version 1', (body) => (body.schemaVersion = 1), 'schemaVersion'],
    ['no config', (body) => delete body.config, 'config has no media type'],
    ['no model', (body) => (body.annotations = { 'org.opencontainers.image.version': 'v1' }), "not a model's name"],
    ['a hostile model', (body) => ((body.annotations as Json)['vnd.meridian.model'] = '../x'), "not a model's name"],
    ['no version', (body) => (body.annotations = { 'vnd.meridian.model': 'fraud' }), 'not a version'],
  ])('refuses %s', (_, change, problem) => {
    expect(problemsOf(changed(change)).join('\n')).toContain(problem);
  });

  it.each<[string, unknown, string]>([
    ['that is no object', [], 'not a JSON object'],
    ['with an unknown requirement', { requires: { cpu: 'x' } }, 'config.requires.cpu is unknown'],
    ['with a requirement of the wrong type', { requires: { gpu: 1, memoryBytes: '1' } }, 'config.requires.memoryBytes'],
    ['whose golden set is no layer', { goldenSet: freight.digest }, 'none of the layers'],
  ])('refuses a config %s', (_, body, problem) => {
    expect(problemsOf(manifest, bytes(body)).join('\n')).toContain(problem);
  });

  it('says all that is wrong at once', () => {
    const body = changed(({ layers, ...rest }) => {
      layers[0]!.size = -1;
      layers[1]!.annotations = { 'org.opencontainers.image.title': '/abs' };
      (rest.annotations as Json)['vnd.meridian.model'] = 'UPPER';
    });
    expect(problemsOf(body, bytes({ requires: 1 }))).toHaveLength(4);
  });

  it('refuses a manifest over 4 MiB, and what is no JSON or no UTF-8', () => {
    expect(problemsOf(new Uint8Array(MAX_MANIFEST_BYTES + 1))[0]).toContain('the most is 4194304');
    expect(problemsOf(new TextEncoder().encode('{'))[0]).toContain('not a JSON object');
    expect(problemsOf(new Uint8Array([0x7b, 0xff, 0x7d]))[0]).toContain('not a JSON object');
    expect(configOf(new TextEncoder().encode('null'))).toBeNull();
  });

  it('reads a ModelPack manifest', () => {
    const body = changed((found) => {
      found.annotations = {};
      for (const [index, layer] of found.layers.entries())
        layer.annotations = { 'org.cncf.model.filepath': `part-${index}` };
    });
    const modelPack = bytes({ descriptor: { name: 'fraud', version: '2.1' }, modelfs: {}, config: {} });
    const read = parseFreight({ digest: freight.digest, manifest: body, config: modelPack });
    expect(read).toMatchObject({ model: 'fraud', version: '2.1', goldenSet: freight.goldenSet });
    expect(read.files.map(({ path }) => path)).toEqual(['part-0', 'part-1']);
  });
});
