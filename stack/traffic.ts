import { Agent, request } from 'undici';
import { parseArgs } from 'node:util';
import { requestBody } from './models/requests';
import { seeded } from './models/rng';

/** One line of JSON a second. */
export interface TrafficLine {
  readonly counts: readonly TrafficCounts[];
  readonly failures: readonly FailedRequest[]; // since the last line
}
/** A request that got no answer or another than 2xx; epoch milliseconds. */
export interface FailedRequest {
  readonly region: string;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  readonly version: string | null; // digest as the gateway named it; null: nobody answered
}
/** What an application met at one gateway, since the start. */
export interface TrafficCounts {
  readonly region: string;
  readonly requested: number; // due by the asked rate since the region's first answer
  readonly requests: number; // sent since then
  readonly errors: number; // of those: no answer, or a status other than 2xx
  readonly errorsByVersion: Readonly<Record<string, number>>; // by digest as the gateway names it
  readonly unanswered: number; // no status at all: refused, reset, timed out
  readonly beforeLive: number; // 404 before the first version
}

const BODIES = 256; // prepared, so that sending costs little beside the runtimes
const CLIENTS = 200;
const OUTSTANDING = 64; // a region: beyond that requests are not sent, and the achieved rate shows it
const TICK_MS = 4;
const ASK_MS = 250; // before the first version is live
const TIMEOUT_MS = 10_000;
const REPORT_MS = 1_000;

class RegionTraffic {
  private requested = 0;
  private requests = 0;
  private errors = 0;
  private unanswered = 0;
  private beforeLive = 0;
  private outstanding = 0;
  private askedMs = -Infinity;
  private sinceMs: number | null = null;
  private readonly errorsByVersion: Record<string, number> = {};
  private failures: FailedRequest[] = [];

  constructor(
    private readonly region: string,
    private readonly url: string,
    private readonly bodies: readonly string[],
    private readonly agent: Agent,
  ) {}

  /** Sends what is due. Before the first version is live it only asks now and then. */
  tick(nowMs: number, perSecond: number): void {
    if (this.sinceMs === null) {
      if (this.outstanding === 0 && nowMs - this.askedMs >= ASK_MS) {
        this.askedMs = nowMs;
        void this.send(0);
      }
      return;
    }
    const due = Math.floor(((nowMs - this.sinceMs) / 1_000) * perSecond);
    while (this.requested < due) {
      this.requested++;
      if (this.outstanding < OUTSTANDING) void this.send(this.requested);
    }
  }

  counts(): TrafficCounts {
    const { region, requested, requests, errors, errorsByVersion, unanswered, beforeLive } = this;
    return { region, requested, requests, errors, errorsByVersion, unanswered, beforeLive };
  }

  /** What failed since this was asked last. */
  takeFailures(): readonly FailedRequest[] {
    const { failures } = this;
    this.failures = [];
    return failures;
  }

  private async send(number: number): Promise<void> {
    this.outstanding++;
    const counted = this.sinceMs !== null;
    const sentAtMs = Date.now();
    if (counted) this.requests++;
    try {
      const { statusCode, headers, body } = await request(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-client-id': `client-${number % CLIENTS}` },
        body: this.bodies[number % this.bodies.length] ?? '',
        dispatcher: this.agent,
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      await body.dump();
      const good = statusCode >= 200 && statusCode < 300;
      if (!counted) this.noteEarly(good);
      else if (!good) this.noteFailure(sentAtMs, headers['x-model-version']?.toString() ?? 'unknown');
    } catch {
      if (counted) this.noteFailure(sentAtMs, null);
    } finally {
      this.outstanding--;
    }
  }

  private noteEarly(good: boolean): void {
    if (good) this.sinceMs ??= performance.now();
    else this.beforeLive++;
  }

  private noteFailure(sentAtMs: number, version: string | null): void {
    this.errors++;
    if (version === null) this.unanswered++;
    else this.errorsByVersion[version] = (this.errorsByVersion[version] ?? 0) + 1;
    this.failures.push({ region: this.region, sentAtMs, endedAtMs: Date.now(), version });
  }
}

/** Requests for one region: mostly small batches; `longBatches` is the share of requests whose batch is above 8. */
function bodiesOf(seed: number, longBatches: number): readonly string[] {
  const rng = seeded(seed);
  const everyNth = longBatches > 0 ? Math.round(1 / longBatches) : Infinity;
  return Array.from({ length: BODIES }, (_, index) => {
    const long = index % everyNth === everyNth - 1;
    return requestBody(rng, long ? 9 + (index % 4) : 1 + (index % 3));
  });
}

function main(): void {
  const { values } = parseArgs({
    options: {
      gateways: { type: 'string' }, // JSON: { region: url }
      model: { type: 'string', default: 'fraud' },
      rate: { type: 'string', default: '250' },
      long: { type: 'string', default: '{}' }, // JSON: { region: share }
    },
  });
  const gateways = JSON.parse(values.gateways ?? '{}') as Record<string, string>;
  const long = JSON.parse(values.long) as Record<string, number>;
  const perSecond = Number(values.rate);
  const agent = new Agent({ connections: 32, pipelining: 1 });
  const regions = Object.entries(gateways).map(([region, url], index) => {
    const target = `${url}/v2/models/${values.model}/infer`;
    return new RegionTraffic(region, target, bodiesOf(index + 1, long[region] ?? 0), agent);
  });
  setInterval(() => {
    const nowMs = performance.now();
    for (const region of regions) region.tick(nowMs, perSecond);
  }, TICK_MS);
  setInterval(() => {
    const line: TrafficLine = {
      counts: regions.map((one) => one.counts()),
      failures: regions.flatMap((one) => one.takeFailures()),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }, REPORT_MS);
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
}

main();
