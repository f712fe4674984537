import { request, type Agent } from 'undici';

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
  readonly sinceMs: number | null; // epoch: when the first request was sent that a version answered; null: none is live yet
  readonly forMs: number; // from then to now
  readonly requested: number; // due by the asked rate in that time
  readonly requests: number; // sent in that time
  readonly longestPauseMs: number; // between two of them, and from the last one to now
  readonly answersByVersion: Readonly<Record<string, number>>; // of any status, by digest as the gateway names it
  readonly errors: number; // of those: no answer, or a status other than 2xx
  readonly errorsByVersion: Readonly<Record<string, number>>; // by digest as the gateway names it
  readonly unanswered: number; // no status at all: refused, reset, timed out
  readonly beforeLive: number; // 404 before the first version
}

const CLIENTS = 200;
const OUTSTANDING = 64; // a region: beyond that requests are not sent, and the achieved rate shows it
const ASK_MS = 250; // before the first version is live
export const TIMEOUT_MS = 10_000;

/** The applications of one region: asks now and then until a version is live, then sends at its rate and counts what comes back. */
export class RegionTraffic {
  private requested = 0;
  private requests = 0;
  private errors = 0;
  private unanswered = 0;
  private beforeLive = 0;
  private outstanding = 0;
  private askedMs = -Infinity;
  private since: { readonly ms: number; readonly epochMs: number } | null = null;
  private sentMs = 0;
  private pauseMs = 0;
  private readonly answersByVersion: Record<string, number> = {};
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
    if (this.since === null) {
      if (this.outstanding === 0 && nowMs - this.askedMs >= ASK_MS) {
        this.askedMs = nowMs;
        void this.send(0, nowMs);
      }
      return;
    }
    const due = Math.floor(((nowMs - this.since.ms) / 1_000) * perSecond);
    while (this.requested < due) {
      this.requested++;
      if (this.outstanding < OUTSTANDING) void this.send(this.requested, nowMs);
    }
  }

  counts(nowMs: number): TrafficCounts {
    const { region, since, requested, requests, errors, unanswered, beforeLive } = this;
    const { answersByVersion, errorsByVersion } = this;
    const forMs = since === null ? 0 : Math.round(nowMs - since.ms);
    const longestPauseMs = since === null ? 0 : Math.round(Math.max(this.pauseMs, nowMs - this.sentMs));
    const time = { sinceMs: since?.epochMs ?? null, forMs, longestPauseMs };
    return { region, ...time, requested, requests, answersByVersion, errors, errorsByVersion, unanswered, beforeLive };
  }

  /** What failed since this was asked last. */
  takeFailures(): readonly FailedRequest[] {
    const { failures } = this;
    this.failures = [];
    return failures;
  }

  private async send(number: number, nowMs: number): Promise<void> {
    this.outstanding++;
    const counted = this.since !== null;
    const sentAtMs = Date.now();
    if (counted) this.noteSent(nowMs);
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
      const version = headers['x-model-version']?.toString() ?? 'unknown';
      this.answersByVersion[version] = (this.answersByVersion[version] ?? 0) + 1;
      if (!counted) this.noteEarly(good, { ms: nowMs, epochMs: sentAtMs });
      else if (!good) this.noteFailure(sentAtMs, version);
    } catch {
      if (counted) this.noteFailure(sentAtMs, null);
    } finally {
      this.outstanding--;
    }
  }

  private noteSent(nowMs: number): void {
    this.requests++;
    this.pauseMs = Math.max(this.pauseMs, nowMs - this.sentMs);
    this.sentMs = nowMs;
  }

  private noteEarly(good: boolean, sent: { readonly ms: number; readonly epochMs: number }): void {
    if (!good) this.beforeLive++;
    else if (this.since === null) [this.since, this.sentMs] = [sent, sent.ms];
  }

  private noteFailure(sentAtMs: number, version: string | null): void {
    this.errors++;
    if (version === null) this.unanswered++;
    else this.errorsByVersion[version] = (this.errorsByVersion[version] ?? 0) + 1;
    this.failures.push({ region: this.region, sentAtMs, endedAtMs: Date.now(), version });
  }
}
