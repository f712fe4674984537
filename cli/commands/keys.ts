import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { parse } from 'yaml';
import { newKeyPair, signRoster, type Roster } from '../../domain/approval';
import { asObject } from '../../domain/json';
import { parseRoster } from '../../domain/roster';
import { CliError, EXIT, usage } from '../exit-codes';
import { isOpenToOthers, keyFileText, readKeyFile, readText } from '../key-file';
import { leaf, needed, type Run } from '../leaf';

export function keysCommand(run: Run): Command {
  const keys = new Command('keys').description('Key pairs of people, and the roster that lists them');
  for (const command of [newCommand(run), showCommand(run), rosterCommand(run)]) keys.addCommand(command);
  return keys;
}

function newCommand(run: Run): Command {
  return leaf<{ actor: string; out: string }>(run, {
    name: 'new',
    summary: 'Make a key pair, in a file that only you can read',
    examples: ['meridian keys new --actor ada --out ~/.config/meridian/ada.key'],
    options: (command) =>
      command
        .requiredOption('--actor <id>', 'whose key: the name in the roster, or root')
        .requiredOption('--out <file>', 'a file that is not there yet'),
    act: async (session, _args, { actor, out }) => {
      if (!/^[\w.@-]{1,128}$/.test(actor)) throw usage(`--actor ${actor}: letters, digits, '.', '@', '-', '_'`);
      const pair = newKeyPair(randomBytes(32));
      write(out, keyFileText({ actor, ...pair }), 'wx');
      const { publicKey } = pair;
      session.print({ actor, publicKey, file: out }, () => [publicKey]);
      if (!session.json)
        session.note(`${out} is ${actor}'s key: keep it to yourself; the line above goes into the roster`);
    },
  });
}

function showCommand(run: Run): Command {
  return leaf(run, {
    name: 'show [file]',
    summary: 'Whose key a file holds, and its public key; never the secret one',
    examples: ['meridian keys show', 'meridian keys show ada.key --json'],
    act: async (session, [given]) => {
      const file = given ?? session.keyPath;
      const { actor, publicKey } = readKeyFile(file);
      const openToOthers = isOpenToOthers(file);
      session.print({ actor, publicKey, file, openToOthers }, () => [`${actor}  ${publicKey}`]);
      if (openToOthers) session.note(`warning: others may read ${file}: chmod 600 ${file}`);
    },
  });
}

function rosterCommand(run: Run): Command {
  return leaf<{ rootKey: string; out: string }>(run, {
    name: 'roster <file>',
    summary: 'Check a roster written as YAML or JSON, and sign it with the root key',
    examples: ['meridian keys roster people.yaml --root-key root.key --out roster.jws', 'meridian apply roster.jws'],
    options: (command) =>
      command
        .requiredOption('--root-key <file>', "the fleet's root key, as `keys new --actor root` made it")
        .requiredOption('--out <file>', 'where the signed roster goes')
        .addHelpText('after', ROSTER_HELP),
    act: async (session, [given], { rootKey, out }) => {
      const roster = readRoster(needed(given, 'the file'));
      const root = readKeyFile(rootKey);
      write(out, `${signRoster(roster, root.secretKey)}\n`, 'w');
      const actors = roster.actors.map(({ id, roles }) => ({ id, roles }));
      session.print({ file: out, version: roster.version, rootPublicKey: root.publicKey, actors }, () => [
        `${out}: version ${roster.version}, signed by ${root.publicKey}`,
        ...actors.map(({ id, roles }) => `  ${id}: ${roles.join(', ') || 'no role'}`),
      ]);
    },
  });
}

const ROSTER_HELP = `
A roster:
  version: 1            # one more with every change; lower ones are refused
  actors:
    - id: ada
      roles: [starter, operator]     # starter, approver, operator
      keys: [the public key that \`meridian keys new\` printed]`;

function readRoster(file: string): Roster {
  const { version, actors, ...more } = asObject(parsedYaml(file)) ?? {};
  const strangers = Object.keys(more);
  if (strangers.length > 0) throw invalid(file, `${strangers.join(', ')} is unknown; a roster has version and actors`);
  const read = parseRoster({ version, actors });
  if ('refused' in read) throw invalid(file, read.refused);
  return read.ok;
}

function parsedYaml(file: string): unknown {
  const text = readText(file);
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw invalid(file, error instanceof Error ? error.message : String(error));
  }
}

function invalid(file: string, why: string): CliError {
  return new CliError(EXIT.invalid, `${file}: ${why}`, 'see: meridian keys roster --help', 'InvalidRoster');
}

function write(file: string, text: string, flag: 'w' | 'wx'): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw usage(`${file} is there already; a key is never overwritten`, 'name another file');
    throw usage(`${file} cannot be written (${code})`, 'check its folder and who owns it');
  }
}
