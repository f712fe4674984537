/**
 * Outlives the process that started it: reads `+<pid>` and `-<pid>` from its standard input, and kills what is left of
 * them when that ends, which it does however its starter ends.
 */
const left = new Set<number>();
let text = '';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined); // meant for its starter
process.stdin.on('data', (chunk) => {
  const lines = (text + String(chunk)).split('\n');
  text = lines.pop() ?? '';
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
