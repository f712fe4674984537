import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../ports/clock';
import type { StackProcess } from './processes';

/** When a process was away: ended at, and serving again at (null: not yet); epoch milliseconds. */
export interface Downtime {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number | null;
}

const [FIRST_MS, LONGEST_MS] = [250, 15_000]; // pauses before it is started, doubled each time

const REAL: Clock = { nowMs: () => Date.now(), sleep: (ms, signal) => pause(ms, undefined, { signal }) };

/** Starts again what ended without being told to, as an init system would, for ever, and keeps the times it was away. */
export class Supervisor {
  private readonly downs: Downtime[] = [];
  private readonly returning = new Set<StackProcess>();
  private readonly returned = new Map<StackProcess, { readonly atMs: number; readonly waitMs: number }>();
  private readonly over = new AbortController();

  constructor(
    private readonly say: (line: string) => void,
    private readonly clock: Clock = REAL,
  ) {}

  get downtimes(): readonly Downtime[] {
    return this.downs;
  }

  /** A process has ended. */
  ended(process: StackProcess, how: string): void {
    if (this.leaves(process) || this.returning.has(process)) return;
    this.returning.add(process);
    this.say(`${process.spec.name} ended (${how}); starting it again`);
    void this.bringBack(process).finally(() => this.returning.delete(process));
  }

  /** From now on what ends stays ended. */
  stop(): void {
    this.over.abort();
  }

  private async bringBack(process: StackProcess): Promise<void> {
    const { name } = process.spec;
    const { clock } = this;
    const fromMs = clock.nowMs();
    const index = this.downs.push({ name, fromMs, toMs: null }) - 1;
    for (let waitMs = this.firstPauseMs(process); ; waitMs = longer(waitMs)) {
      await clock.sleep(waitMs, this.over.signal).catch(() => undefined);
      if (this.leaves(process)) return;
      try {
        await process.start();
      } catch (err) {
        await process.kill(); // it may live and come too late
        if (this.leaves(process)) return;
        this.say(err instanceof Error ? err.message : String(err));
        continue;
      }
      const toMs = clock.nowMs();
      this.downs[index] = { name, fromMs, toMs };
      this.returned.set(process, { atMs: toMs, waitMs });
      this.say(`${name} serves again after ${((toMs - fromMs) / 1_000).toFixed(1)} s`);
      return;
    }
  }

  /** Whether it is to stay ended: it was told to stop, while it was away or as it came back, or everything was. */
  private leaves(process: StackProcess): boolean {
    return this.over.signal.aborted || process.wasStopped;
  }

  /** What has hardly served since it was brought back last waits longer than it did then. */
  private firstPauseMs(process: StackProcess): number {
    const last = this.returned.get(process);
    return last && this.clock.nowMs() - last.atMs < LONGEST_MS ? longer(last.waitMs) : FIRST_MS;
  }
}

function longer(waitMs: number): number {
  return Math.min(2 * waitMs, LONGEST_MS);
}
