/** Something that happens at a virtual time. `cancelled` ones are skipped. */
export interface Happening {
  readonly atMs: number;
  readonly tie: number; // drawn: what falls on the same millisecond comes in any order
  readonly run: () => void;
  cancelled: boolean;
}

const settled = Promise.resolve();

/**
 * One thread, virtual time: takes one happening after the other, and lets every microtask that it causes run before the next.
 * A tick that is queued by a microtask runs when no microtask is left; that is ten times cheaper than a macrotask.
 */
export class Scheduler {
  nowMs = 0;
  steps = 0;
  private readonly heap: Happening[] = [];
  private readonly urgent: (() => void)[] = [];
  private finish: ((why: 'quiet' | 'enough' | 'limit') => void) | undefined;
  private enough: () => boolean = () => false;
  private limits = { steps: Infinity, ms: Infinity };

  constructor(private readonly tie: () => number) {}

  /** Lets something happen `ms` from now, or at once but after what is due now. */
  in(ms: number, run: () => void): Happening {
    const happening = { atMs: this.nowMs + Math.max(0, ms), tie: this.tie(), run, cancelled: false };
    this.push(happening);
    return happening;
  }

  /** Runs before anything else, once the microtasks of this step have run. */
  soon(run: () => void): void {
    this.urgent.push(run);
  }

  /** Runs until nothing is left, `enough` holds or a limit is met. */
  run(enough: () => boolean, limits: { readonly steps: number; readonly ms: number }) {
    this.enough = enough;
    this.limits = limits;
    return new Promise<'quiet' | 'enough' | 'limit'>((resolve) => {
      this.finish = resolve;
      this.later();
    });
  }

  private readonly later = (): void => void settled.then(this.tick);
  private readonly tick = (): void => process.nextTick(this.step);
  private readonly step = (): void => {
    const urgent = this.urgent.shift();
    if (urgent) {
      urgent();
      return this.later();
    }
    if (this.enough()) return this.finish?.('enough');
    let next = this.pop();
    while (next?.cancelled) next = this.pop();
    if (!next) return this.finish?.('quiet');
    if (++this.steps > this.limits.steps || next.atMs > this.limits.ms) return this.finish?.('limit');
    this.nowMs = next.atMs;
    next.run();
    this.later();
  };

  private push(happening: Happening): void {
    const { heap } = this;
    let at = heap.push(happening) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(happening, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = happening;
  }

  private pop(): Happening | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || first === last) return first;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.tie < b.tie);
}
