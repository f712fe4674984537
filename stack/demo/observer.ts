import { setTimeout as pause } from 'node:timers/promises';
import { isOver, type ApiClient, type PromotionView } from './client';

const EVERY_MS = 400;

/** Watches every promotion of the model through the api, and keeps the last view of each. */
export class Observer {
  readonly views = new Map<number, PromotionView>(); // by epoch
  private stopped = false;
  private running: Promise<void> = Promise.resolve();
  trouble: string | null = null; // why the last look failed

  constructor(
    private readonly api: ApiClient,
    private readonly onLook: () => void,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  /** The newest promotion, if there is one. */
  get newest(): PromotionView | undefined {
    const epoch = Math.max(0, ...this.views.keys());
    return this.views.get(epoch);
  }

  /** The newest promotion of a digest. */
  of(digest: string): PromotionView | undefined {
    return [...this.views.values()].reverse().find(({ status }) => status?.digest === digest);
  }

  /** Waits until the promotion of the digest looks as asked. @throws Error that says what it looked like instead */
  async until(
    digest: string,
    what: string,
    holds: (view: PromotionView) => boolean,
    forMs: number,
  ): Promise<PromotionView> {
    const endMs = performance.now() + forMs;
    for (;;) {
      const view = this.of(digest);
      if (view && holds(view)) return view;
      if (performance.now() > endMs) throw new Error(`${what} did not come in ${forMs / 1_000} s; ${describe(view)}`);
      await pause(EVERY_MS / 2);
    }
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.look();
        this.trouble = null;
      } catch (err) {
        this.trouble = err instanceof Error ? err.message : String(err);
      }
      this.onLook();
      await pause(EVERY_MS);
    }
  }

  private async look(): Promise<void> {
    for (const { epoch } of [...(await this.api.promotions())].reverse()) {
      const known = this.views.get(epoch);
      if (known && isOver(known)) continue;
      this.views.set(epoch, await this.api.view(epoch));
    }
  }
}

function describe(view: PromotionView | undefined): string {
  if (!view?.status) return 'no promotion of it was seen';
  const { phase, outcome, reason, regions } = view.status;
  const where = regions.map(({ region, phase: at, outcome: end }) => `${region} ${end ?? at}`).join(', ');
  return `it is ${outcome ?? phase}${reason ? ` (${reason.kind}: ${reason.text})` : ''}: ${where}`;
}
