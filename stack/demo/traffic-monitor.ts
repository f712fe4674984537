import path from 'node:path';
import { StackProcess } from '../processes';
import type { TrafficCounts } from '../traffic';

/** The applications of the demo: one process that sends requests to every region's gateway, and counts what comes back. */
export class TrafficMonitor {
  readonly process: StackProcess;
  private latest: readonly TrafficCounts[] = [];

  constructor(
    gateways: Readonly<Record<string, string>>,
    ratePerSecond: number,
    long: Readonly<Record<string, number>>,
    logs: string,
  ) {
    const args = [
      '--gateways',
      JSON.stringify(gateways),
      '--rate',
      String(ratePerSecond),
      '--long',
      JSON.stringify(long),
    ];
    this.process = new StackProcess(
      {
        name: 'traffic',
        command: process.execPath,
        args: [path.resolve(__dirname, '../traffic.js'), ...args],
        env: {},
        onLine: (line) => this.take(line),
      },
      logs,
    );
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

  private take(line: string): void {
    const message = JSON.parse(line) as { readonly counts?: readonly TrafficCounts[] };
    if (message.counts) this.latest = message.counts;
  }
}
