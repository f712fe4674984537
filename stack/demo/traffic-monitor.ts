import path from 'node:path';
import { DIST } from '../dist';
import type { ProcessSpec } from '../processes';
import type { FailedRequest, TrafficCounts } from '../region-traffic';
import type { TrafficLine } from '../traffic';

export const TRAFFIC = 'traffic'; // the name of its process

/** What the applications of all regions met. */
export interface TrafficTotal {
  readonly requests: number;
  readonly errors: number;
  readonly unanswered: number;
  readonly requestedPerSecond: number;
  readonly achievedPerSecond: number;
}

/** The applications of the demo: one process that sends requests to every region's gateway, and counts what comes back. */
export class TrafficMonitor {
  readonly spec: ProcessSpec;
  private latest: readonly TrafficCounts[] = [];
  private readonly failed: FailedRequest[] = [];

  constructor(
    gateways: Readonly<Record<string, string>>,
    ratePerSecond: number,
    long: Readonly<Record<string, number>>,
  ) {
    const options = { gateways: JSON.stringify(gateways), rate: String(ratePerSecond), long: JSON.stringify(long) };
    this.spec = {
      name: TRAFFIC,
      command: process.execPath,
      args: [
        path.join(DIST, 'stack/traffic.js'),
        ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
      ],
      env: {},
      onLine: (line) => this.take(line),
    };
  }

  get counts(): readonly TrafficCounts[] {
    return this.latest;
  }

  /** All regions together; rates are sums of each region's own, from its first live version. */
  get total(): TrafficTotal {
    return totalOf(this.latest);
  }

  /** Errors that a version answered with, over all regions. */
  errorsOf(digest: string): number {
    let errors = 0;
    for (const { errorsByVersion } of this.latest) errors += errorsByVersion[digest] ?? 0;
    return errors;
  }

  /** Answers of any kind that a version gave, over all regions. */
  answersOf(digest: string): number {
    let answers = 0;
    for (const { answersByVersion } of this.latest) answers += answersByVersion[digest] ?? 0;
    return answers;
  }

  /** Every request that failed, in the order in which they were reported. */
  get failures(): readonly FailedRequest[] {
    return this.failed;
  }

  private take(line: string): void {
    const message = parsed(line);
    if (message.counts) this.latest = message.counts;
    if (message.failures) this.failed.push(...message.failures);
  }
}

/** Nothing of a line that is not ours, such as a warning of the runtime. */
function parsed(line: string): Partial<TrafficLine> {
  try {
    return (JSON.parse(line) ?? {}) as Partial<TrafficLine>;
  } catch {
    return {};
  }
}

/** Pure. */
export function totalOf(counts: readonly TrafficCounts[]): TrafficTotal {
  let [requests, errors, unanswered, requestedPerSecond, achievedPerSecond] = [0, 0, 0, 0, 0];
  for (const one of counts) {
    requests += one.requests;
    errors += one.errors;
    unanswered += one.unanswered;
    requestedPerSecond += perSecond(one.requested, one.forMs);
    achievedPerSecond += perSecond(one.requests, one.forMs);
  }
  return { requests, errors, unanswered, requestedPerSecond, achievedPerSecond };
}

/** Pure. */
export function perSecond(count: number, ms: number): number {
  return ms > 0 ? (count * 1_000) / ms : 0;
}
