const FRAMES = ['|', '/', '-', '\\'];
const FIRST_SIGN_MS = 3000; // without a terminal a step shows that it lives after this time,
const NEXT_SIGN_MS = 60_000; // and then once a minute

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Shows what the set-up does: one line a step, with the seconds that it took; on a terminal a spinner while it runs.
 * Everything goes to stderr, so that stdout carries results only.
 */
export function createProgress(stream = process.stderr) {
  const terminal = stream.isTTY === true;

  /** Runs `work(say)`; the last text given to `say` stands on the step's line. Errors pass through. */
  async function step(name, work) {
    const began = performance.now();
    const words = { text: '' };
    const line = (mark) => `  ${mark} ${name.padEnd(13)} ${words.text}`;
    const stop = terminal ? spin(() => line('..'), began) : signs(() => line('..'), began);
    let mark = '!!';
    try {
      const result = await work((text) => (words.text = text));
      mark = 'ok';
      return result;
    } finally {
      stop();
      stream.write(`${line(mark)} (${seconds(began)})\n`);
    }
  }

  function spin(line, began) {
    let turn = 0;
    const timer = setInterval(() => {
      const text = `${line().replace('..', ` ${FRAMES[turn++ % FRAMES.length]}`)} (${seconds(began)})`;
      stream.write(`\r\x1b[2K${text.slice(0, (stream.columns ?? 80) - 1)}`);
    }, 120);
    return () => (clearInterval(timer), stream.write('\r\x1b[2K'));
  }

  function signs(line, began) {
    let timer = setTimeout(function sign() {
      stream.write(`${line()} (${seconds(began)} so far)\n`);
      timer = setTimeout(sign, NEXT_SIGN_MS);
    }, FIRST_SIGN_MS);
    return () => clearTimeout(timer);
  }

  return { step, note: (text) => stream.write(`${text}\n`) };
}
