/**
 * Outlives the test that started it: reads `+<pid>` and `-<pid>` from its standard input, and kills what is left of them when that
 * ends, which it does however the test ends.
 */
const left = new Set();
let text = '';
process.on('SIGINT', () => undefined);
process.stdin.on('data', (chunk) => {
  const lines = (text + chunk).split('\n');
  text = lines.pop();
  for (const line of lines) {
    if (line.startsWith('+')) left.add(Number(line.slice(1)));
    else left.delete(Number(line.slice(1)));
  }
});
process.stdin.on('end', () => {
  for (const pid of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has ended
    }
  }
});
