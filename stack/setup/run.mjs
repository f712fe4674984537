import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

const TAIL_LINES = 25;

/**
 * Runs a command and gives its output. With `show`, the output goes to the terminal instead.
 * @throws Error with the command, how it ended and the last lines that it wrote
 */
export function run(command, args, { cwd, env, timeoutMs = 0, show = false } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'];
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio });
    // Not spawn's own timeout: when the command does not exist, its timer keeps this process alive until it is over.
    const timer = timeoutMs > 0 && setTimeout(() => child.kill(), timeoutMs);
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    const fail = (how) => {
      clearTimeout(timer);
      const tail = output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
      reject(new Error([`${[command, ...args].join(' ')}: ${how}`, tail].filter(Boolean).join('\n')));
    };
    child.on('error', (error) => fail(error.code === 'ENOENT' ? 'there is no such command' : error.message));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else fail(signal ? `ended by ${signal}` : `ended with ${code}`);
    });
  });
}

/**
 * Runs a command in the foreground until it ends and gives its exit code. The first signal of each kind is passed on,
 * unless a terminal has given it to the whole group already.
 */
export function runInForeground(command, args, { cwd, env } = {}) {
  return ended(spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: 'inherit' }));
}

/** As `runInForeground`, but at the lowest priority and with its output in a file, for somebody to print later. */
export function runAside(command, args, { cwd, env, output }) {
  const file = openSync(output, 'w');
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', file, file] });
  closeSync(file);
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  return ended(child);
}

function ended(child) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    let passed = signal === 'SIGINT' && process.stdin.isTTY === true;
    process.on(signal, () => {
      if (!passed) child.kill(signal);
      passed = true;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ? 130 : code));
  });
}
