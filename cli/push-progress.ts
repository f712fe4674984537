import { bytesText, durationText } from './render/quantities';
import type { Terminal } from './terminal';

/** How often a bar is drawn anew. */
const DRAW_MS = 200;

/** Says on stderr how far a push is: drawn over itself on a terminal, a line a file elsewhere. */
export class PushProgress {
  private done = 0;
  private sinceMs: number;
  private drawnMs = 0;
  private standing = 0; // letters of the line that may be drawn over

  constructor(
    private readonly terminal: Terminal,
    private readonly total: number,
    private readonly nowMs: () => number,
  ) {
    this.sinceMs = nowMs();
  }

  /** Bytes of a file that went out. */
  moved(bytes: number, name: string): void {
    this.done += bytes;
    if (!this.terminal.redraws || this.nowMs() - this.drawnMs < DRAW_MS) return;
    this.drawnMs = this.nowMs();
    this.draw(`${name}  ${bytesText(this.done)} of ${bytesText(this.total)}  ${this.rate()}`);
  }

  /** A file is there; `bytes` of it went out. */
  finished(name: string, size: number, bytes: number): void {
    this.draw('');
    const how = bytes === 0 ? 'was there already' : `pushed, ${this.rate()}`;
    this.terminal.note(`${name}  ${bytesText(size)}  ${how}\n`);
  }

  private rate(): string {
    const ms = this.nowMs() - this.sinceMs;
    return `${bytesText(Math.round((this.done * 1_000) / Math.max(1, ms)))}/s, ${durationText(ms)}`;
  }

  private draw(text: string): void {
    if (!this.terminal.redraws) return;
    const line = text.slice(0, this.terminal.width - 1);
    this.terminal.note(`\r${line.padEnd(this.standing)}${line === '' ? '\r' : ''}`);
    this.standing = line.length;
  }
}
