import { lstatSync } from 'node:fs';
import { CliError } from './exit-codes';
import { isOpenToOthers, readKeyFile } from './key-file';
import type { Session } from './session';

/** One thing that was looked at. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string; // what was found
  readonly remedy?: string; // what to do, where it is not ok
}

/** A statement lives five minutes; clocks further apart than this eat too much of it. */
const MAX_SKEW_MS = 60_000;
/** What `package.json` asks for. */
const NODE = [20, 19] as const;

/** What each part that is not ready needs first. */
const REMEDIES: Readonly<Record<string, string>> = {
  temporal: 'check that Temporal runs and that TEMPORAL_ADDRESS of the api is right',
  manifest: 'check that PostgreSQL runs and that MERIDIAN_MANIFEST_URL of the api is right',
  configuration: 'install fleet and models: meridian apply',
  registry: 'check hub.registry in fleet.yaml, and that the registry runs',
};

/** Looks at everything that a command stands on: this computer, the key, the api and what is behind it. */
export async function examine(session: Session): Promise<readonly Finding[]> {
  const own = [node(process.versions.node), keyFinding(session)];
  const readiness = await session.api.readiness().catch((error: unknown) => error as Error);
  if (readiness instanceof Error) return [...own, unreachable(readiness)];
  const parts = readiness.checks.map(({ name, ready, problem }): Finding => {
    const remedy = REMEDIES[name] ?? `look into the log of the api`;
    return { name, ok: ready, text: ready ? 'answers' : (problem ?? 'does not answer'), ...(!ready && { remedy }) };
  });
  const reached = { name: 'api', ok: true, text: `${session.api.address} answers` };
  return [...own, reached, await skew(session), ...parts, ...(await standing(session))];
}

function node(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const ok = major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
  return {
    name: 'node',
    ok,
    text: `version ${version}`,
    ...(!ok && { remedy: `install Node ${NODE.join('.')} or newer` }),
  };
}

function keyFinding(session: Session): Finding {
  try {
    const file = session.keyPath;
    const { actor } = readKeyFile(file);
    if (!isOpenToOthers(file)) return { name: 'key', ok: true, text: `${actor}'s, ${file}` };
    const mode = (lstatSync(file).mode & 0o777).toString(8);
    return {
      name: 'key',
      ok: false,
      text: `${file} has mode ${mode}: others may read it`,
      remedy: `chmod 600 ${file}`,
    };
  } catch (error) {
    const { message, remedy } = toldBy(error);
    return { name: 'key', ok: false, text: message, ...(remedy !== undefined && { remedy }) };
  }
}

async function skew(session: Session): Promise<Finding> {
  const aheadMs = await session.api.clockAheadMs(() => session.nowMs());
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  const ok = Math.abs(aheadMs) <= MAX_SKEW_MS;
  const text = seconds <= 1 ? 'as the api has it' : `the api is ${seconds} s ${aheadMs > 0 ? 'ahead' : 'behind'}`;
  return {
    name: 'clock',
    ok,
    text,
    ...(!ok && { remedy: 'set the clock: signatures are good for five minutes only' }),
  };
}

/** Whether the roster that the lines go by knows the key; nothing where no line has read one. */
async function standing(session: Session): Promise<readonly Finding[]> {
  try {
    const { actor, publicKey } = readKeyFile(session.keyPath);
    const [row] = await session.api.rows();
    if (!row) return [];
    const { roster } = await session.api.line(row.model);
    if (!roster) return [];
    const listed = roster.actors.find(({ id }) => id === actor);
    const name = 'roster';
    if (listed?.keys.includes(publicKey)) {
      return [
        { name, ok: true, text: `version ${roster.version} lists ${actor}: ${listed.roles.join(', ') || 'no role'}` },
      ];
    }
    const text = listed
      ? `version ${roster.version} lists other keys of ${actor}`
      : `version ${roster.version} has no ${actor}`;
    return [{ name, ok: false, text, remedy: 'have the key added: meridian keys roster, then meridian apply' }];
  } catch {
    return []; // said above: no key, or a part that does not answer
  }
}

function unreachable(error: Error): Finding {
  const { message, remedy } = toldBy(error);
  return { name: 'api', ok: false, text: message, ...(remedy !== undefined && { remedy }) };
}

function toldBy(error: unknown): { readonly message: string; readonly remedy?: string | undefined } {
  return error instanceof CliError ? error : { message: error instanceof Error ? error.message : String(error) };
}
