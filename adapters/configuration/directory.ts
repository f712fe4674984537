import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Roster } from '../../domain/approval';
import { Failure } from '../../domain/failures';
import type { Fleet } from '../../domain/fleet';
import type { ModelName } from '../../domain/ids';
import type { ModelPolicy } from '../../domain/model-policy';
import type { Configuration, Installed } from '../../ports/configuration';
import * as checks from './check';
import type { FileText } from './check';
import { replaceFiles } from './replace-files';

const { FLEET_FILE, MODELS_FOLDER, ROSTER_FILE } = checks;

/**
 * The configuration directory of the control side: `fleet.yaml`, `models/<name>.yaml`, `roster.jws`.
 * Files are read anew each time, so that what a person put there counts; each is checked before it is believed.
 */
export class DirectoryConfiguration implements Configuration {
  private applying: Promise<unknown> = Promise.resolve(); // one at a time, or two could each be checked against what the other replaces

  constructor(
    private readonly directory: string,
    private readonly rootPublicKey: string, // of the fleet: base64url, Ed25519
  ) {}

  async fleet(): Promise<Installed<Fleet>> {
    return checks.checkFleet(await this.text(FLEET_FILE));
  }

  async models(): Promise<readonly ModelName[]> {
    const names = (await this.modelFiles()).map((file) => {
      const model = checks.modelOf(file);
      if (!model)
        throw new Failure('InvalidPlan', `${file}: rename it to ${MODELS_FOLDER}/<name>.yaml, the name of a model`);
      return model;
    });
    return names.sort();
  }

  async model(model: ModelName): Promise<Installed<ModelPolicy>> {
    const text = await this.text(checks.modelFile(model));
    return checks.checkModel(model, text, (await this.fleet()).value);
  }

  async roster(): Promise<Roster> {
    return checks.checkRoster(await this.text(ROSTER_FILE), this.rootPublicKey);
  }

  async check(files: readonly FileText[]): Promise<readonly string[]> {
    return [...(await this.changes(files)).keys()];
  }

  async apply(files: readonly FileText[]): Promise<readonly string[]> {
    const applied = this.applying.then(async () => {
      const changed = await this.changes(files);
      await replaceFiles(this.directory, changed);
      return [...changed.keys()];
    });
    this.applying = applied.catch(() => undefined);
    return applied;
  }

  /** Checks the files together with those that stay, so that a new fleet cannot pull a region from under a model. */
  private async changes(files: readonly FileText[]): Promise<ReadonlyMap<string, string>> {
    const standing = new Map<string, string>();
    for (const name of [FLEET_FILE, ROSTER_FILE, ...(await this.modelFiles())]) {
      const text = await this.textIfAny(name);
      if (text !== undefined) standing.set(name, text);
    }
    const seen = checks.rosterVersion(standing.get(ROSTER_FILE), this.rootPublicKey);
    const texts = new Map(files.map(({ name, text }) => [name, text]));
    checks.checkAll(new Map([...standing, ...texts]), this.rootPublicKey, seen);
    return new Map([...texts].filter(([name, text]) => standing.get(name) !== text));
  }

  private async modelFiles(): Promise<readonly string[]> {
    const names = await readdir(path.join(this.directory, MODELS_FOLDER)).catch(absent);
    return (names ?? []).filter((name) => /^[^.].*\.ya?ml$/.test(name)).map((name) => `${MODELS_FOLDER}/${name}`);
  }

  private async text(name: string): Promise<string> {
    const text = await this.textIfAny(name);
    if (text === undefined) throw checks.notInstalled(path.join(this.directory, name));
    return text;
  }

  private async textIfAny(name: string): Promise<string | undefined> {
    const file = path.join(this.directory, name);
    const bytes = (await stat(file).catch(absent))?.size;
    if (bytes === undefined) return undefined;
    if (bytes > checks.MAX_FILE_BYTES) {
      throw new Failure('InvalidPlan', `${name} has ${bytes} bytes, at most ${checks.MAX_FILE_BYTES} are read`);
    }
    const body = await readFile(file).catch(absent);
    try {
      return body && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    } catch {
      throw new Failure('InvalidPlan', `${name} is no text in UTF-8: save it as UTF-8`);
    }
  }
}

function absent(err: NodeJS.ErrnoException): undefined {
  if (err.code === 'ENOENT' || err.code === 'ENOTDIR') return undefined;
  if (err.code === 'EACCES' || err.code === 'EPERM') {
    throw new Failure('AccessDenied', `${err.path} may not be read by this process: see its owner and mode`, {
      cause: err,
    });
  }
  throw err;
}
