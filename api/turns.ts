/** Below the ten updates that Temporal takes of one workflow at a time; what it refuses beyond (history.maxInFlightUpdates) it refuses for seconds. */
const AT_ONCE = 8;

/** Lets so many calls of one subject run at a time; more wait here, in order, and go on at once when one has ended. */
export class Turns {
  private readonly running = new Map<string, number>();
  private readonly waiting = new Map<string, (() => void)[]>();

  async take<T>(subject: string, call: () => Promise<T>): Promise<T> {
    const running = this.running.get(subject) ?? 0;
    if (running < AT_ONCE) this.running.set(subject, running + 1);
    else await this.turnOf(subject); // whoever ends hands its place on
    try {
      return await call();
    } finally {
      this.handOn(subject);
    }
  }

  private turnOf(subject: string): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.set(subject, [...(this.waiting.get(subject) ?? []), resolve]);
    });
  }

  private handOn(subject: string): void {
    const [next, ...others] = this.waiting.get(subject) ?? [];
    if (others.length > 0) this.waiting.set(subject, others);
    else this.waiting.delete(subject);
    const running = this.running.get(subject) ?? 1;
    if (next) next();
    else if (running > 1) this.running.set(subject, running - 1);
    else this.running.delete(subject);
  }
}
