import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadControlConfig, loadRegionConfig } from '../../../workers/config';
import { tlsOptions } from '../../../workers/runtime';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'meridian-config-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const at = path.join(folder, name);
  writeFileSync(at, text);
  return at;
}
const region = () => ({
  MERIDIAN_CONFIG_DIR: folder,
  MERIDIAN_REGION: 'eu-north',
  MERIDIAN_ROUTER_TOKEN_FILE: file('router.token', 'r\n'),
  MERIDIAN_INFERENCE_TOKEN_FILE: file('inference.token', 'i\n'),
});

describe("a worker's environment", () => {
  it('names every problem at once, and what each name is for', () => {
    const read = () => loadRegionConfig({ MERIDIAN_REGION: 'EU North', MERIDIAN_ROUTER_TOKEN: 'x' });
    expect(read).toThrow(/MERIDIAN_ROUTER_TOKEN is not known here/);
    expect(read).toThrow(/MERIDIAN_CONFIG_DIR is not set: folder with fleet.yaml/);
    expect(read).toThrow(/MERIDIAN_REGION: /);
    expect(read).toThrow(/MERIDIAN_INFERENCE_TOKEN_FILE is not set/);
  });

  it('reads secrets from files, without the line end', () => {
    expect(loadRegionConfig(region())).toMatchObject({ region: 'eu-north', routerToken: 'r', inferenceToken: 'i' });
  });

  it('says when a number is none', () => {
    expect(() => loadControlConfig({ MERIDIAN_MANIFEST_POOL: 'many' })).toThrow(
      /MERIDIAN_MANIFEST_POOL is not a whole number above 0/,
    );
  });
});

describe('TLS towards Temporal', () => {
  const pem = (name: string) => file(name, `${name}\n`);
  const tlsOf = (more: NodeJS.ProcessEnv) => tlsOptions(loadRegionConfig({ ...region(), ...more }).temporal.tls);

  it('is off where nothing is given', () => {
    expect(tlsOf({})).toEqual({});
  });

  it('is on by an authority alone, and by a client certificate alone', () => {
    expect(tlsOf({ TEMPORAL_TLS_CA_FILE: pem('ca') })).toEqual({
      tls: { serverRootCACertificate: Buffer.from('ca\n') },
    });
    expect(tlsOf({ TEMPORAL_TLS_CERT_FILE: pem('cert'), TEMPORAL_TLS_KEY_FILE: pem('key') })).toEqual({
      tls: { clientCertPair: { crt: Buffer.from('cert\n'), key: Buffer.from('key\n') } },
    });
  });

  it('refuses a certificate without its key', () => {
    expect(() => tlsOf({ TEMPORAL_TLS_CERT_FILE: pem('cert') })).toThrow(
      /TEMPORAL_TLS_CERT_FILE and TEMPORAL_TLS_KEY_FILE go together/,
    );
  });
});
