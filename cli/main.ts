#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { meridian } from './program';
import { processTerminal } from './terminal';
import { clock, registryAt } from './wiring';

async function main(): Promise<void> {
  const interrupting = new AbortController();
  process.once('SIGINT', () => interrupting.abort()); // the second one ends it at once
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error; // `meridian history | head` is no error
  });
  const terminal = processTerminal(interrupting.signal);
  process.exitCode = await meridian(process.argv.slice(2), versionOfPackage(), { terminal, clock, registryAt });
}

function versionOfPackage(): string {
  const file = path.join(__dirname, '..', '..', 'package.json'); // beside dist/
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}

void main();
