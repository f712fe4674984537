import path from 'node:path';
import type { GatewayConfig } from './config';
import { CounterBook } from './counters';
import { StateFile } from './persistence';

const SAVE_MS = 1_000; // contract 5

/** What happens outside requests, for the log. */
export type OnEvent = (event: string, facts: Readonly<Record<string, unknown>>) => void;

/** Keeps the counters on disk, once a second while they change. Damaged counters are said and begun anew: nothing is served by them. */
export class CounterFile {
  #saved = -1;
  #saving: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  private constructor(
    readonly counters: CounterBook,
    private readonly file: StateFile,
    private readonly onEvent: OnEvent,
  ) {
    this.#timer = setInterval(() => void this.#save(), SAVE_MS);
    this.#timer.unref();
  }

  /** @param hasRoutes where it does not, generations begin anew, and counts of earlier ones would be taken for theirs */
  static async open(
    { stateDir, warmUpMs, hasRoutes }: Pick<GatewayConfig, 'stateDir' | 'warmUpMs'> & { readonly hasRoutes: boolean },
    clock: () => number,
    onEvent: OnEvent,
  ): Promise<CounterFile> {
    const file = new StateFile(path.join(stateDir, 'counters.json'));
    const read = async () => new CounterBook(clock, warmUpMs, hasRoutes ? await file.read() : undefined);
    const counters = await read().catch((err: unknown) => {
      onEvent('counters begin anew', { error: String(err) });
      return new CounterBook(clock, warmUpMs);
    });
    return new CounterFile(counters, file, onEvent);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#save();
  }

  /** One after the other, however slow the disk: two at once would write into the same file. */
  async #save(): Promise<void> {
    return (this.#saving = this.#saving.then(() => this.#write()));
  }

  async #write(): Promise<void> {
    const { changes } = this.counters;
    if (changes === this.#saved) return;
    await this.file.writeLazily(this.counters.saved()).then(
      () => void (this.#saved = changes),
      (err: unknown) => this.onEvent('counters not kept', { error: String(err) }),
    );
  }
}
