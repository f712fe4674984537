import { Agent, request, type Dispatcher } from 'undici';
import { requestBody } from '../../stack/models/requests';
import { seeded } from '../../stack/models/rng';

/** A request that got no answer, or another than 2xx, since its region had a version. */
export interface FailedRequest {
  readonly region: string;
  readonly sentAtMs: number; // epoch milliseconds, as all times here
  readonly endedAtMs: number;
  readonly status: number | null; // null: none
  readonly version: string | null; // digest as the gateway named it
  readonly text: string;
}

const TICK_MS = 10;
const TIMEOUT_MS = 10_000;

/**
 * Applications of every region: so many requests a second to its gateways in turn, to the next one where a connection is refused, as a
 * balancer does; every failure is kept with its time.
 */
export class Traffic {
  readonly failed: FailedRequest[] = [];
  private readonly answered = new Map<string, number>(); // `<region> <version>`
  private readonly liveSinceMs = new Map<string, number>(); // the first good answer
  private readonly agent = new Agent({ connections: 16, pipelining: 1 });
  private readonly bodies: readonly string[];
  private readonly underWay = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private sent = 0;

  constructor(
    private readonly gateways: Readonly<Record<string, readonly string[]>>,
    private readonly perSecond: number,
  ) {
    const rng = seeded(7);
    this.bodies = Array.from({ length: 64 }, (_, index) => requestBody(rng, 1 + (index % 3)));
    const startedMs = performance.now();
    this.timer = setInterval(() => this.tick(performance.now() - startedMs), TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.underWay);
    await this.agent.destroy();
  }

  /** Good answers of a version in a region so far. */
  answersOf(region: string, version: string): number {
    return this.answered.get(`${region} ${version}`) ?? 0;
  }

  /** Good answers of all versions in all regions so far. */
  get answers(): number {
    return [...this.answered.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Resolves when every request that was sent by now has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private tick(elapsedMs: number): void {
    const due = Math.floor((elapsedMs / 1_000) * this.perSecond);
    for (; this.sent < due; this.sent++) {
      for (const region of Object.keys(this.gateways)) {
        const sending = this.send(region, this.sent).finally(() => this.underWay.delete(sending));
        this.underWay.add(sending);
      }
    }
  }

  private async send(region: string, number: number): Promise<void> {
    const sentAtMs = Date.now();
    const fail = (status: number | null, version: string | null, text: string) => {
      if (sentAtMs > (this.liveSinceMs.get(region) ?? Infinity))
        this.failed.push({ region, sentAtMs, endedAtMs: Date.now(), status, version, text });
    };
    try {
      const { statusCode, headers, body } = await this.ask(region, number);
      const text = await body.text();
      const version = headers['x-model-version']?.toString() ?? null;
      if (statusCode !== 200) return fail(statusCode, version, text.slice(0, 200));
      if (!this.liveSinceMs.has(region)) this.liveSinceMs.set(region, Date.now());
      const key = `${region} ${version}`;
      this.answered.set(key, (this.answered.get(key) ?? 0) + 1);
    } catch (err) {
      fail(null, null, err instanceof Error ? err.message : String(err));
    }
  }

  private async ask(region: string, number: number): Promise<Dispatcher.ResponseData> {
    const urls = this.gateways[region] ?? [];
    let refused: unknown;
    for (let turn = 0; turn < urls.length; turn++) {
      try {
        return await request(`${urls[(number + turn) % urls.length]}/v2/models/fraud/infer`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-client-id': `client-${number % 50}` },
          body: this.bodies[number % this.bodies.length] ?? '',
          dispatcher: this.agent,
          headersTimeout: TIMEOUT_MS,
          bodyTimeout: TIMEOUT_MS,
        });
      } catch (err) {
        if ((err as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw err;
        refused = err;
      }
    }
    throw refused;
  }
}
