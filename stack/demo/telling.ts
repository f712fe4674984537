import type { PromotionView } from './client';
import { chosenParts, greeting, type Ready } from './greeting';
import type { Report } from './report';
import type { Screen } from './screen';
import type { StepResult } from './steps';
import { placesOf } from '../places';
import type { TrafficTotal } from './traffic-monitor';
import type { TrafficCounts } from '../region-traffic';
import { frame } from './view';
import { closingTable } from './words';

/** How a demo ended. */
export interface Ending {
  readonly ok: boolean; // each step did what it says, and no request failed on a stable version
  readonly report: Report;
  readonly steps: readonly StepResult[];
  readonly total: TrafficTotal;
}
/** What is looked at while it runs. */
export interface Look {
  readonly view: PromotionView | undefined;
  readonly title: string;
  readonly counts: readonly TrafficCounts[];
  readonly elapsedMs: number;
}

/** Whom the stack and the demo speak to: a person, or a machine. */
export interface Telling {
  said(line: string): void;
  ready(ready: Ready): void;
  step(step: Pick<StepResult, 'step' | 'version' | 'title'>): void;
  checked(result: StepResult): void;
  look(look: Look): void;
  ended(ending: Ending): void;
  hints(lines: readonly string[]): void;
  closing(): void;
}

/** Lines and a live frame, for a person. */
export class ScreenTelling implements Telling {
  constructor(private readonly screen: Screen) {}

  said(line: string): void {
    this.screen.say(line);
  }
  ready(ready: Ready): void {
    this.screen.say(greeting(ready).join('\n'));
  }
  step({ step, title }: Pick<StepResult, 'step' | 'title'>): void {
    this.screen.say(`step ${step} of 7: ${title}`);
  }
  checked({ problems }: StepResult): void {
    for (const problem of problems) this.screen.say(`  NOT SO: ${problem}`);
  }
  look({ view, title, counts, elapsedMs }: Look): void {
    this.screen.show(frame(view, title, counts, elapsedMs));
  }
  ended({ report, steps, total }: Ending): void {
    this.screen.end();
    this.screen.say(closingTable(report, steps, total));
  }
  hints(lines: readonly string[]): void {
    this.screen.say(lines.join('\n'));
  }
  closing(): void {
    this.screen.close('stopping the stack ...');
  }
}

/** One JSON object a line, for a machine: `event` says what it is. */
export class JsonTelling implements Telling {
  private last = '';

  constructor(private readonly write: (line: string) => void) {}

  said(line: string): void {
    this.tell('said', { text: line.trim() });
  }
  ready(ready: Ready): void {
    const { layout, readyMs } = ready;
    this.tell('ready', {
      readyMs,
      files: layout.dir,
      logs: layout.logs,
      places: placesOf(layout),
      chosen: chosenParts(ready),
    });
  }
  step(step: Pick<StepResult, 'step' | 'version' | 'title'>): void {
    this.tell('step', step);
  }
  checked(result: StepResult): void {
    this.tell('checked', result);
  }
  /** Told only when the promotion has changed. */
  look({ view, counts }: Look): void {
    if (!view?.status) return;
    const { epoch, version, digest, phase, outcome, reason, wave, waitsFor, timeToSafeMs } = view.status;
    const regions = Object.values(view.rollouts).map(({ region, phase: at, outcome: end, weightPct, steps }) => ({
      ...{ id: region, phase: at, outcome: end, weightPct },
      steps: steps.map(({ weightPct: weight, verdict }) => ({ weightPct: weight, verdict })),
    }));
    const now = { epoch, version, digest, phase, outcome, reason, wave, waitsFor, timeToSafeMs, regions };
    const text = JSON.stringify(now);
    if (text === this.last) return;
    this.last = text;
    this.tell('promotion', {
      ...now,
      traffic: counts.map(({ region, requests, errors }) => ({ region, requests, errors })),
    });
  }
  ended({ ok, report, steps, total }: Ending): void {
    this.tell('ended', { ok, steps, requestedPerSecond: total.requestedPerSecond, report });
  }
  hints(lines: readonly string[]): void {
    this.tell('hints', { lines: lines.map((line) => line.trim()).filter((line) => line !== '') });
  }
  closing(): void {
    this.tell('stopping', {});
  }

  private tell(event: string, facts: object): void {
    this.write(`${JSON.stringify({ event, ...facts })}\n`);
  }
}
