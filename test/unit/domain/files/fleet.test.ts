import { readYaml } from '../../../../adapters/configuration/yaml';
import { resolveFleet } from '../../../../domain/files/fleet';
import { problemLine } from '../../../../domain/files/source';
import type { Fleet } from '../../../../domain/fleet';

const read = (text: string) => resolveFleet(readYaml('fleet.yaml', text));
function fleetOf(text: string): Fleet {
  const checked = read(text);
  if (checked.kind === 'problems') throw new Error(checked.problems.map(problemLine).join('\n'));
  return checked.value;
}
const problems = (text: string): readonly string[] => {
  const checked = read(text);
  return checked.kind === 'problems' ? checked.problems.map(problemLine) : [];
};
const withRegion = (more: string) => `regions:\n  - id: eu-north\n    ${more}\n`;

describe('a fleet file', () => {
  it('needs no more than the names of its regions', () => {
    expect(fleetOf('regions: [{ id: eu-north }, { id: us-east }]')).toEqual({
      hub: {
        store: { kind: 'filesystem', path: 'data/hub/store' },
        registry: { kind: 'layout', path: 'data/hub/registry' },
      },
      regions: [expect.objectContaining({ id: 'eu-north' }), expect.anything()],
      links: [],
    });
    expect(fleetOf('regions: [{ id: us-east }]').regions[0]).toEqual({
      id: 'us-east',
      jurisdiction: 'unspecified',
      timeZone: 'UTC',
      store: { kind: 'filesystem', path: 'data/us-east/store' },
      cache: { path: 'data/us-east/cache', bytes: 32 * 2 ** 30 },
      runtimes: [{ id: 'runtime-1', kind: 'oip', url: 'http://127.0.0.1:8000' }],
      routers: [{ id: 'gw-1', kind: 'gateway', url: 'http://127.0.0.1:8080', controlUrl: 'http://127.0.0.1:8081' }],
      gpu: 'none',
    });
  });

  it('has all of its problems named at once, each with its place and what to write', () => {
    const text = [
      'hub:',
      '  store: { kind: s4, path: x }',
      '  registry: { kind: oci, url: https://ada:secret@example.com }',
      'regions:',
      '  - id: EU North',
      '    juristiction: EU',
      '    cache: { path: /x, bytes: 32 GB }',
      '  - id: us-east',
      '    store: { kind: s3, endpoint: ftp://x, bucket: b, pathPrefx: y }',
      '    timeZone: Mars/Olympus',
      '  - id: us-east',
      '    routers: []',
      'links:',
      '  - { from: hub, to: us-eats, mbps: fast }',
      'linkz: []',
    ].join('\n');
    expect(problems(text).toSorted()).toEqual(
      [
        'fleet.yaml:2:12: hub.store.kind: found "s4", expected one of s3, filesystem',
        'fleet.yaml:3:26: hub.registry.url: found "https://***@example.com", expected an http or https URL without user name and password: those come from the environment or files',
        'fleet.yaml:5:5: regions[0].id: found "EU North", expected a name of 1 to 63 lowercase letters, digits and \'-\'',
        'fleet.yaml:6:5: regions[0].juristiction: found the unknown key "juristiction", expected jurisdiction, or leave it out',
        'fleet.yaml:7:24: regions[0].cache.bytes: found "32 GB", expected a size such as 512MiB, 32GiB or 2TB',
        'fleet.yaml:9:24: regions[1].store.endpoint: found "ftp://x", expected an http or https URL without user name and password: those come from the environment or files',
        'fleet.yaml:9:54: regions[1].store.pathPrefx: found the unknown key "pathPrefx", expected pathPrefix, or leave it out',
        'fleet.yaml:10:5: regions[1].timeZone: found "Mars/Olympus", expected an IANA time zone, such as Europe/Stockholm',
        'fleet.yaml:11:5: regions[2].id: found "us-east", expected another id; line 8 has it already',
        'fleet.yaml:12:5: regions[2].routers: found an empty list, expected at least one gateway node',
        'fleet.yaml:14:18: links[0].to: found "us-eats", expected hub or a region of the fleet; did you mean us-east?',
        'fleet.yaml:14:31: links[0].mbps: found "fast", expected a number from 0.001 to 10000000',
        'fleet.yaml:15:1: linkz: found the unknown key "linkz", expected links, or leave it out',
      ].toSorted(),
    );
  });

  it.each<[string, string, RegExp]>([
    ['no regions', 'hub: {}', /1:1: regions: found nothing, expected a list/],
    ['an empty list of regions', 'regions: []', /regions: found an empty list, expected at least one region/],
    ['nothing at all', '', /regions: found nothing/],
    ['a list instead of a mapping', '- a', /found a list, expected a mapping/],
    ['a region that is called hub', 'regions: [{ id: hub }]', /expected another id: hub is the hub/],
    ['a region without a name', 'regions: [{ gpu: nvidia }]', /regions\[0\].id: found nothing/],
    [
      'one store for two',
      `${withRegion('store: { kind: filesystem, path: data/hub }')}hub: { store: { kind: filesystem, path: data/hub } }`,
      /expected a store of its own; line 4 has it/,
    ],
    [
      'one node id for two',
      withRegion('routers: [{ id: gw }, { id: gw }]'),
      /routers\[1\].id: found "gw", expected another id/,
    ],
    [
      'two nodes without an id',
      withRegion('runtimes: [{}, {}]'),
      /runtimes\[0\].id: found nothing, expected an id, as there/,
    ],
    ['a link to itself', `${withRegion('gpu: none')}links: [{ from: hub, to: hub, mbps: 1 }]`, /expected another end/],
    [
      'one way twice',
      `${withRegion('gpu: none')}links: [{ from: hub, to: eu-north, mbps: 1 }, { from: hub, to: eu-north, mbps: 2 }]`,
      /one link for each way/,
    ],
    [
      'a link that carries nothing',
      `${withRegion('gpu: none')}links: [{ from: hub, to: eu-north, mbps: 0 }]`,
      /expected a number from 0.001/,
    ],
  ])('is refused with %s', (_, text, reason) => {
    expect(problems(text)).toEqual(expect.arrayContaining([expect.stringMatching(reason)]));
  });

  it('keeps what a link may carry', () => {
    const text = `${withRegion('gpu: none')}links: [{ from: hub, to: eu-north, mbps: 10, carries: [fraud] }]`;
    const link = { from: 'hub', to: 'eu-north', mbps: 10, rttMs: 0, usdPerGB: 0, carries: ['fraud'] };
    expect(fleetOf(text).links).toEqual([link]);
  });
});
