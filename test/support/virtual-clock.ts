import type { Clock } from '../../ports/clock';

/** Time that passes only when all else waits: the earliest sleeper wakes once nothing more happens by itself. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #sleepers: { readonly atMs: number; wake(): void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        reject(signal.reason as Error);
      };
      const sleeper = { atMs: this.#nowMs + ms, wake };
      this.#sleepers.push(sleeper);
      signal.addEventListener('abort', leave);
      setImmediate(() => this.#pass());
    });
  }

  #pass(): void {
    const [next] = this.#sleepers.sort((a, b) => a.atMs - b.atMs);
    if (!next) return;
    this.#sleepers = this.#sleepers.filter((one) => one !== next);
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.wake();
    setImmediate(() => this.#pass());
  }
}
