import path from 'node:path';
import { DIST } from '../dist';
import type { ProcessSpec } from '../processes';
import type { FailedRequest, TrafficCounts, TrafficLine } from '../traffic';

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
      name: 'traffic',
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

  get total() {
    let [requested, requests, errors, unanswered] = [0, 0, 0, 0];
    for (const one of this.latest) {
      requested += one.requested;
      requests += one.requests;
      errors += one.errors;
      unanswered += one.unanswered;
    }
    return { requested, requests, errors, unanswered };
  }

  /** Errors that a version answered with, over all regions. */
  errorsOf(digest: string): number {
    let errors = 0;
    for (const { errorsByVersion } of this.latest) errors += errorsByVersion[digest] ?? 0;
    return errors;
  }

  /** Every request that failed, in the order in which they were reported. */
  get failures(): readonly FailedRequest[] {
    return this.failed;
  }

  private take(line: string): void {
    const message = JSON.parse(line) as Partial<TrafficLine>;
    if (message.counts) this.latest = message.counts;
    if (message.failures) this.failed.push(...message.failures);
  }
}
