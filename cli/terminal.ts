import { createInterface } from 'node:readline/promises';

/** Where a command is run: what it may say, ask and draw. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly width: number; // columns, at least 40; 80 where there is no terminal
  readonly height: number; // rows
  readonly redraws: boolean; // stdout is a terminal: a frame may be drawn over the last one
  readonly asks: boolean; // a person can answer
  readonly colours: boolean;
  readonly interrupted: AbortSignal; // Ctrl-C
  out(text: string): void; // stdout, as it is
  note(text: string): void; // stderr, as it is
  ask(question: string): Promise<string>;
}

const WIDTH = 80;
const HEIGHT = 24;

/** The terminal of this process. Colours only on a terminal, and never with NO_COLOR (no-color.org). */
export function processTerminal(interrupted: AbortSignal): Terminal {
  const { stdin, stdout, stderr, env } = process;
  return {
    ...{ env, interrupted },
    width: Math.max(40, stdout.columns || WIDTH),
    height: stdout.rows || HEIGHT,
    redraws: stdout.isTTY === true && env.TERM !== 'dumb',
    asks: stdin.isTTY === true && stderr.isTTY === true,
    colours: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    out: (text) => void stdout.write(text),
    note: (text) => void stderr.write(text),
    ask: async (question) => {
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return await lines.question(question, { signal: interrupted });
      } finally {
        lines.close();
      }
    },
  };
}
