import { loadConfig, RUNTIME_ENVIRONMENT } from '../../../../serving/runtime/config';

const complete = {
  MERIDIAN_RUNTIME_MODEL_REPOSITORY: '/models',
  MERIDIAN_RUNTIME_STATE_DIR: '/state',
  MERIDIAN_RUNTIME_TOKEN_FILE: '/token',
};

describe('the configuration of the runtime', () => {
  it('needs three folders and files, and has a default for the rest', () => {
    expect(loadConfig(complete)).toEqual({
      host: '127.0.0.1',
      port: 8000,
      modelRepository: '/models',
      stateDir: '/state',
      tokenFile: '/token',
      threads: 1,
      tls: null,
    });
  });

  it('names all that is missing at once', () => {
    for (const name of Object.keys(complete)) expect(() => loadConfig({})).toThrow(`${name} is not set`);
  });

  it.each([
    [{ MERIDIAN_RUNTIME_PORT: '80a' }, 'MERIDIAN_RUNTIME_PORT is "80a"'],
    [{ MERIDIAN_RUNTIME_PORT: '65536' }, 'not an integer from 0 to 65535'],
    [{ MERIDIAN_RUNTIME_THREADS: '0' }, 'not an integer from 1 to 64'],
    [{ MERIDIAN_RUNTIME_THREAD: '1' }, 'MERIDIAN_RUNTIME_THREAD is not known'],
    [{ MERIDIAN_RUNTIME_TLS_KEY_FILE: 'key' }, 'go together'],
  ])('refuses %j', (more, words) => {
    expect(() => loadConfig({ ...complete, ...more })).toThrow(words);
  });

  it('knows every name that it reads', () => {
    const all = Object.fromEntries(Object.keys(RUNTIME_ENVIRONMENT).map((name) => [name, '1']));
    expect(loadConfig(all)).toMatchObject({ port: 1, threads: 1, tls: { certFile: '1', keyFile: '1' } });
  });
});
