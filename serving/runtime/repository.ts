import { access, readdir } from 'node:fs/promises';
import path from 'node:path';
import { LoadedModel } from './loaded-model';
import { readLoadedNames, writeLoadedNames } from './loaded-names';
import { Refusal, wordsOf } from './refusal';

/** A line of the repository's index (Open Inference Protocol, model repository extension). */
export interface IndexEntry {
  readonly name: string;
  readonly version: '1';
  readonly state: 'READY' | 'LOADING' | 'UNLOADING' | 'UNAVAILABLE';
  readonly reason: string;
}
export interface RepositoryOptions {
  readonly folder: string;
  readonly stateDir: string;
  readonly threads: number;
}

/** The versions on disk and those in memory. What is to be loaded survives a kill: it is written before it is answered. */
export class Repository {
  private readonly models = new Map<string, LoadedModel>();
  private readonly passing = new Map<string, IndexEntry>(); // loading, unloading, or failed to load
  private readonly wanted = new Set<string>();
  private orders: Promise<unknown> = Promise.resolve(); // loads and unloads, one after the other

  constructor(private readonly options: RepositoryOptions) {}

  /** Loads what was loaded when the process ended. What cannot be loaded now is listed with its reason. */
  async restore(): Promise<void> {
    for (const name of await readLoadedNames(this.options.stateDir)) {
      this.wanted.add(name);
      await this.bring(name).catch(() => undefined); // kept in the index, and tried again by the next load
    }
  }

  /** @throws Refusal 404 unless the version is in memory, 503 while it is on its way there */
  ready(name: string): LoadedModel {
    const model = this.models.get(name);
    if (model) return model;
    const entry = this.passing.get(name);
    if (entry?.state === 'LOADING') throw new Refusal(503, `model ${name} is loading`);
    throw new Refusal(404, `model ${name} is not loaded${entry?.reason ? `: ${entry.reason}` : ''}`);
  }

  /** Idempotent. @throws Refusal 404 where there is no such file, 400 where it cannot be loaded */
  load(name: string): Promise<void> {
    return this.inTurn(async () => {
      if (this.models.has(name)) return;
      await this.bring(name);
      this.wanted.add(name);
      await this.remember();
    });
  }

  /** Idempotent. Requests under way are answered first. */
  unload(name: string): Promise<void> {
    return this.inTurn(async () => {
      const model = this.models.get(name);
      this.wanted.delete(name);
      await this.remember();
      this.models.delete(name);
      this.passing.delete(name);
      if (!model) return;
      this.note(name, 'UNLOADING', '');
      await model.release().finally(() => this.passing.delete(name));
    });
  }

  async index(): Promise<IndexEntry[]> {
    const onDisk = (await readdir(this.options.folder, { withFileTypes: true }).catch(() => []))
      .filter((entry) => entry.isDirectory() && isModelName(entry.name))
      .map(({ name }) => name);
    const names = new Set([...onDisk, ...this.models.keys(), ...this.passing.keys()]);
    return [...names].sort().map((name) => {
      if (this.models.has(name)) return { name, version: '1', state: 'READY', reason: '' };
      return this.passing.get(name) ?? { name, version: '1', state: 'UNAVAILABLE', reason: 'unloaded' };
    });
  }

  async close(): Promise<void> {
    await this.orders;
    const models = [...this.models.values()];
    this.models.clear();
    for (const model of models) await model.release();
  }

  private async bring(name: string): Promise<void> {
    if (!isModelName(name)) throw new Refusal(400, `${JSON.stringify(name)} is no model name`);
    const file = path.join(this.options.folder, name, '1', 'model.onnx');
    this.note(name, 'LOADING', '');
    try {
      await access(file).catch(() => {
        throw new Refusal(404, `model ${name} has no 1/model.onnx in the model repository`);
      });
      this.models.set(name, await LoadedModel.load(name, file, this.options.threads));
      this.passing.delete(name);
    } catch (error) {
      this.note(name, 'UNAVAILABLE', wordsOf(error));
      throw error;
    }
  }

  private note(name: string, state: IndexEntry['state'], reason: string): void {
    this.passing.set(name, { name, version: '1', state, reason });
  }

  private remember(): Promise<void> {
    return writeLoadedNames(this.options.stateDir, [...this.wanted].sort());
  }

  private inTurn(order: () => Promise<void>): Promise<void> {
    const done = this.orders.then(order);
    this.orders = done.catch(() => undefined);
    return done;
  }
}

/** Names a folder of the repository: no separator, no leading dot. */
function isModelName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name);
}
