import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';

const LOOK_AGAIN_MS = 250;
const SIGN_OF_LIFE_MS = 5000;
const DEAD_AFTER_MS = 60_000; // a holder on another host (a shared cache) shows its life by the file's time alone

/**
 * Runs `work` while this process holds the lock file; others wait. A holder that died is noticed by its process id, or
 * by its silence. Two that take over a dead lock in the same instant may both run: the work must allow it (it ends in
 * an atomic rename), the lock only saves doing it twice.
 */
export async function withLock(file, work, onWait = () => {}) {
  mkdirSync(path.dirname(file), { recursive: true });
  while (!take(file)) {
    onWait(holderOf(file));
    await new Promise((wake) => setTimeout(wake, LOOK_AGAIN_MS));
  }
  const alive = setInterval(() => touch(file), SIGN_OF_LIFE_MS);
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(alive);
    process.off('exit', release);
    release();
  }
}

function take(file) {
  try {
    writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (isDead(file)) rmSync(file, { force: true });
    return false;
  }
}

function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Someone took the file away; the next holder makes its own.
  }
}

function holderOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // gone, or not written yet
  }
}

function isDead(file) {
  const age = ageOf(file);
  if (age === undefined) return false;
  if (age > DEAD_AFTER_MS) return true;
  const holder = holderOf(file);
  if (holder?.host !== hostname()) return false;
  return !isRunning(holder.pid);
}

function ageOf(file) {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return undefined;
  }
}

export function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
