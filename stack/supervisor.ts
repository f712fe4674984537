import { setTimeout as pause } from 'node:timers/promises';
import type { StackProcess } from './processes';

/** When a process was away: ended at, and serving again at (null: not yet); epoch milliseconds. */
export interface Downtime {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number | null;
}

const [FIRST_MS, LONGEST_MS] = [250, 15_000]; // pauses before it is started, doubled each time

/** Starts again what ended without being told to, as an init system would, and keeps the times it was away. */
export class Supervisor {
  private readonly downs: Downtime[] = [];
  private readonly returning = new Set<StackProcess>();
  private stopped = false;

  constructor(private readonly say: (line: string) => void) {}

  get downtimes(): readonly Downtime[] {
    return this.downs;
  }

  /** A process has ended. */
  ended(process: StackProcess, how: string): void {
    if (this.stopped || process.wasStopped || this.returning.has(process)) return;
    this.returning.add(process);
    this.say(`${process.spec.name} ended (${how}); starting it again`);
    void this.bringBack(process).finally(() => this.returning.delete(process));
  }

  /** From now on what ends stays ended. */
  stop(): void {
    this.stopped = true;
  }

  private async bringBack(process: StackProcess): Promise<void> {
    const { name } = process.spec;
    const index = this.downs.push({ name, fromMs: Date.now(), toMs: null }) - 1;
    for (let waitMs = FIRST_MS; !this.stopped; waitMs = Math.min(2 * waitMs, LONGEST_MS)) {
      await pause(waitMs);
      if (this.stopped) return;
      try {
        await process.start();
      } catch (err) {
        await process.kill(); // it may live and come too late
        this.say(err instanceof Error ? err.message : String(err));
        continue;
      }
      const { fromMs } = this.downs[index] ?? { fromMs: Date.now() };
      const toMs = Date.now();
      this.downs[index] = { name, fromMs, toMs };
      this.say(`${name} serves again after ${((toMs - fromMs) / 1_000).toFixed(1)} s`);
      return;
    }
  }
}
