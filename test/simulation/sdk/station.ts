import type { Scheduler } from './scheduler';

/** One worker process and its link to the hub. Killed, it forgets what it ran; cut off, it goes on and cannot say so. */
export class Station {
  incarnation = 1;
  isAlive = true;
  isLinked = true;
  private waiting: (() => void)[] = [];

  constructor(
    readonly name: string,
    private readonly scheduler: Scheduler,
  ) {}

  get isServing(): boolean {
    return this.isAlive && this.isLinked;
  }

  /** Calls back now, or when the process runs and is linked again. */
  whenServing(call: () => void): void {
    if (this.isServing) call();
    else this.waiting.push(call);
  }

  kill(downMs: number): void {
    this.incarnation++;
    this.isAlive = false;
    this.scheduler.in(downMs, () => {
      this.isAlive = true;
      this.flush();
    });
  }

  cut(forMs: number): void {
    this.isLinked = false;
    this.scheduler.in(forMs, () => {
      this.isLinked = true;
      this.flush();
    });
  }

  private flush(): void {
    if (!this.isServing) return;
    const waiting = this.waiting;
    this.waiting = [];
    for (const call of waiting) call();
  }
}
