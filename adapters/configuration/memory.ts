import type { Roster } from '../../domain/approval';
import type { Fleet } from '../../domain/fleet';
import type { ModelName } from '../../domain/ids';
import type { ModelPolicy } from '../../domain/model-policy';
import type { Configuration, Installed } from '../../ports/configuration';
import { checkAll, FLEET_FILE, modelFile, notInstalled, ROSTER_FILE, type FileText, type Installation } from './check';

/** What a memory configuration starts with: values as they are, which nobody checks. */
export interface InstalledValues {
  readonly fleet?: Installed<Fleet>;
  readonly models?: readonly Installed<ModelPolicy>[];
  readonly roster?: Roster;
  readonly rootPublicKey?: string; // needed to apply a roster
}

/** A configuration without a disk: for tests and simulation. */
export class MemoryConfiguration implements Configuration {
  private readonly texts = new Map<string, string>();
  private installation: Installation;
  private readonly rootPublicKey: string;

  constructor({ fleet, models = [], roster, rootPublicKey = '' }: InstalledValues = {}) {
    this.installation = { fleet, models: new Map(models.map((policy) => [policy.value.model, policy])), roster };
    this.rootPublicKey = rootPublicKey;
  }

  async fleet(): Promise<Installed<Fleet>> {
    return found(this.installation.fleet, FLEET_FILE);
  }

  async models(): Promise<readonly ModelName[]> {
    return [...this.installation.models.keys()].sort();
  }

  async model(model: ModelName): Promise<Installed<ModelPolicy>> {
    return found(this.installation.models.get(model), modelFile(model));
  }

  async roster(): Promise<Roster> {
    return found(this.installation.roster, ROSTER_FILE);
  }

  async check(files: readonly FileText[]): Promise<readonly string[]> {
    this.checked(files);
    return files.filter(({ name, text }) => this.texts.get(name) !== text).map(({ name }) => name);
  }

  async apply(files: readonly FileText[]): Promise<readonly string[]> {
    const [changed, { fleet, models, roster }] = [await this.check(files), this.checked(files)];
    for (const { name, text } of files) this.texts.set(name, text);
    const before = this.installation;
    this.installation = {
      fleet: fleet ?? before.fleet,
      models: new Map([...before.models, ...models]),
      roster: roster ?? before.roster,
    };
    return changed;
  }

  private checked(files: readonly FileText[]): Installation {
    const texts = new Map([...this.texts, ...files.map(({ name, text }) => [name, text] as const)]);
    return checkAll(texts, this.rootPublicKey, this.installation.roster?.version);
  }
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw notInstalled(name);
  return value;
}
