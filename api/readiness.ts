import type { ApiPorts } from './ports';

export interface Check {
  readonly name: 'temporal' | 'manifest' | 'registry' | 'configuration';
  readonly ready: boolean;
  readonly problem: string | null; // with the address and what to check
}

/** The most that one part may take to answer. */
const CHECK_MS = 3_000;

/** Asks every part that the api stands on, all at once. */
export function readiness(ports: ApiPorts): Promise<readonly Check[]> {
  return Promise.all([
    check('temporal', () => ports.engine.check()),
    check('manifest', () => ports.manifest.lastEventId()),
    check('configuration', () => ports.configuration.models()),
    check('registry', (signal) => askRegistry(ports, signal)),
  ]);
}

/** A tag that a model follows, or any: that it is not there is an answer too. */
async function askRegistry({ configuration, registryOf }: ApiPorts, signal: AbortSignal): Promise<void> {
  const registry = registryOf((await configuration.fleet()).value);
  const [model] = await configuration.models();
  if (model === undefined) return;
  const { repository, tags } = (await configuration.model(model)).value.source;
  await registry.resolve(repository, tags[0] ?? 'latest', signal);
}

async function check(name: Check['name'], ask: (signal: AbortSignal) => Promise<unknown>): Promise<Check> {
  const signal = AbortSignal.timeout(CHECK_MS);
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`${name} has not answered within ${CHECK_MS} ms`)));
  });
  try {
    await Promise.race([ask(signal), late]);
    return { name, ready: true, problem: null };
  } catch (error) {
    return { name, ready: false, problem: error instanceof Error ? error.message : String(error) };
  }
}
