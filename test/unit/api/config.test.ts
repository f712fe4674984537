import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { API_ENVIRONMENT, loadConfig } from '../../../api/config';

const folder = mkdtempSync(path.join(tmpdir(), 'meridian-api-'));
const fileWith = (name: string, text: string) => {
  writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
};
const least = { MERIDIAN_CONFIG_DIR: folder, MERIDIAN_MANIFEST_URL: 'postgresql://me@127.0.0.1:5432/meridian' };

describe('the environment of the api', () => {
  it('listens on loopback, in plain HTTP, with hooks refused, unless told otherwise', () => {
    expect(loadConfig(least)).toMatchObject({
      ...{ host: '127.0.0.1', port: 7300, isLocal: true, https: null, hookSecret: null, token: null, registry: null },
      temporal: { address: '127.0.0.1:7233', namespace: 'default', tls: null },
      manifest: { poolSize: 8 },
    });
  });

  it('reads secrets from files, without the line end', () => {
    const secret = fileWith('secret', 'a secret\n');
    const config = loadConfig({ ...least, MERIDIAN_API_HOOK_SECRET_FILE: secret, MERIDIAN_API_HOST: '0.0.0.0' });
    expect(config).toMatchObject({ hookSecret: 'a secret', isLocal: false });
  });

  it('names every problem at once', () => {
    const problems = () =>
      loadConfig({
        ...{ MERIDIAN_API_PORT: '70000', MERIDIAN_MANIFEST_POOL: 'many', MERIDIAN_API_TOKEN: 'inline' },
        MERIDIAN_API_TOKEN_FILE: path.join(folder, 'none'),
        MERIDIAN_API_HOOK_SECRET_FILE: fileWith('empty', '\n'),
        MERIDIAN_API_TLS_CERT_FILE: fileWith('cert', 'PEM'),
      });
    for (const problem of [
      /MERIDIAN_API_TOKEN is unknown; the api knows .*MERIDIAN_API_TOKEN_FILE/,
      /MERIDIAN_API_PORT is not 0\.\.65535/,
      /MERIDIAN_MANIFEST_POOL is not 1\.\.100/,
      /MERIDIAN_API_TOKEN_FILE: .*ENOENT/,
      /MERIDIAN_API_HOOK_SECRET_FILE: .* is empty/,
      /MERIDIAN_API_TLS_KEY_FILE go together/,
      /MERIDIAN_CONFIG_DIR is not set/,
      /MERIDIAN_MANIFEST_URL is not set/,
    ]) {
      expect(problems).toThrow(problem);
    }
  });

  it('knows no name without saying what it means', () => {
    expect(Object.values(API_ENVIRONMENT).every((meaning) => meaning.length > 10)).toBe(true);
  });
});
