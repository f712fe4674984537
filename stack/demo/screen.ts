/** A terminal that keeps a live frame below what was said; elsewhere only what changed in the frame is written. */
export class Screen {
  private drawn = 0;
  private last: readonly string[] = [];
  private closed = false;

  constructor(private readonly out: NodeJS.WriteStream) {}

  /** A line that stays. */
  say(line: string): void {
    if (this.closed) return;
    this.erase();
    this.out.write(`${line}\n`);
    if (this.out.isTTY) this.draw(this.last);
  }

  /** Replaces the frame. */
  show(frame: readonly string[]): void {
    if (this.closed) return;
    if (this.out.isTTY) {
      this.erase();
      this.draw(frame);
    } else {
      const told = frame.filter((line) => isNews(line) && !this.last.includes(line));
      if (told.length > 0) this.out.write(`${told.join('\n')}\n`);
    }
    this.last = frame;
  }

  /** Leaves the last frame standing. */
  end(): void {
    this.drawn = 0;
    this.last = [];
  }

  /** A last line; whatever comes after it is not shown. */
  close(line: string): void {
    this.say(line);
    this.closed = true;
  }

  private draw(frame: readonly string[]): void {
    this.out.write(frame.map((line) => `${line}\n`).join(''));
    this.drawn = frame.length;
  }

  private erase(): void {
    if (this.drawn > 0) this.out.write(`\u001b[${this.drawn}A\u001b[0J`);
    this.drawn = 0;
  }
}

/** Without a terminal: promotions, regions and reasons are news; counts that move all the time are not. */
function isNews(line: string): boolean {
  return /^(fraud| {3}[ +\-!~] \S| {2}(waits for|breach|validation|aborted|rejected|fault|deadline))/.test(line);
}
