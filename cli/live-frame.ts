import type { Terminal } from './terminal';

// CSI: up by N lines, then erase to the end of the screen (ECMA-48, 8.3.22 and 8.3.39).
const rewind = (lines: number): string => `\u001b[${lines}A\u001b[0J`;

/** A frame drawn over the last one on a terminal; elsewhere a log of what has become true. */
export class LiveFrame {
  private drawn = 0; // lines that stand
  private last: ReadonlySet<string> = new Set();

  constructor(private readonly terminal: Terminal) {}

  /** @param draw the frame, for a terminal; @param facts for a log: those that were not there the last time are written */
  show(draw: () => readonly string[], facts: () => readonly string[]): void {
    if (this.terminal.redraws) this.redraw(draw());
    else this.tell(facts());
  }

  /** Leaves what stands there. */
  end(): void {
    this.drawn = 0;
  }

  private redraw(lines: readonly string[]): void {
    const most = this.terminal.height - 2; // what has left the screen cannot be drawn over
    const left = lines.length - most;
    const shown = left > 0 ? [...lines.slice(0, most - 1), `... ${left + 1} more lines; see meridian status`] : lines;
    this.terminal.out((this.drawn > 0 ? rewind(this.drawn) : '') + shown.map((line) => `${line}\n`).join(''));
    this.drawn = shown.length;
  }

  private tell(facts: readonly string[]): void {
    const news = facts.filter((fact) => !this.last.has(fact));
    if (news.length > 0) this.terminal.out(news.map((fact) => `${fact}\n`).join(''));
    this.last = new Set(facts);
  }
}
