import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { isName } from '../../domain/ids';
import { asObject, asText } from '../../domain/json';
import { notFound, usage } from '../exit-codes';
import { readText } from '../key-file';
import { leaf, type Run } from '../leaf';
import type { Session } from '../session';

interface FileText {
  readonly name: string; // below the configuration directory
  readonly text: string;
}

const WHOLE: readonly string[] = ['fleet.yaml', 'roster.jws'];

export function applyCommand(run: Run): Command {
  return leaf<{ dryRun?: boolean; tokenFile?: string }>(run, {
    name: 'apply <files...>',
    summary: 'Check fleet, model and roster files together and install them, all or none',
    examples: [
      'meridian apply examples/             # fleet.yaml, models/*.yaml, roster.jws',
      'meridian apply fraud.yaml --dry-run  # would become models/fraud.yaml',
    ],
    options: (command) =>
      command
        .option('--dry-run', 'check, install nothing')
        .option('--token-file <file>', 'the token that the api asks for (default: MERIDIAN_API_TOKEN_FILE)'),
    act: async (session, [given], { dryRun = false, tokenFile }) => {
      const files = filesIn(given as unknown as readonly string[]);
      const answer = await session.api.configure({ files, dryRun }, tokenIn(session, tokenFile));
      session.print(answer, () => {
        const [changed, word] = dryRun ? [answer.wouldInstall, 'would install'] : [answer.installed, 'installed'];
        if (changed.length === 0) return [`sound, and nothing new: ${files.map(({ name }) => name).join(', ')}`];
        return changed.map((name) => `${word} ${name}`);
      });
    },
  });
}

/** The files that people named, under the names they are installed as. @throws CliError */
export function filesIn(places: readonly string[]): readonly FileText[] {
  const files = places.flatMap((place) => (isFolder(place) ? filesOfFolder(place) : [fileAt(place)]));
  const seen = new Map<string, string>();
  for (const { name, text } of files) {
    if (seen.has(name) && seen.get(name) !== text) throw usage(`two of the files would be installed as ${name}`);
    seen.set(name, text);
  }
  return [...seen].map(([name, text]) => ({ name, text }));
}

function filesOfFolder(folder: string): readonly FileText[] {
  const names = readdirSync(folder).sort();
  const models =
    names.includes('models') && isFolder(path.join(folder, 'models'))
      ? readdirSync(path.join(folder, 'models')).sort()
      : [];
  const whole = names.filter((name) => WHOLE.includes(name));
  const inModels = models.filter((name) => isModelFile(name)).map((name) => path.join('models', name));
  const loose = path.basename(path.resolve(folder)) === 'models' ? names.filter((name) => isModelFile(name)) : [];
  const files = [...whole, ...inModels, ...loose].map((name) => fileAt(path.join(folder, name)));
  if (files.length > 0) return files;
  throw notFound(`${folder} has no fleet.yaml, models/*.yaml or roster.jws`, 'name the files themselves');
}

/** A file that is neither fleet nor roster is a model's: of the one that it names, else of its own name. */
function fileAt(file: string): FileText {
  const name = path.basename(file);
  if (WHOLE.includes(name)) return { name, text: readText(file) };
  if (!isModelFile(name)) throw usage(`${file} is no fleet.yaml, <model>.yaml or roster.jws`);
  const text = readText(file);
  const inFolder = path.basename(path.dirname(path.resolve(file))) === 'models';
  const model = (inFolder ? undefined : modelIn(text)) ?? name.replace(/\.ya?ml$/, '');
  return { name: `models/${model}.yaml`, text };
}

/** The model that a file names; undefined where it names none, or is no YAML: the api says so, with its place. */
function modelIn(text: string): string | undefined {
  try {
    const model = asText(asObject(parse(text))?.model);
    return model !== undefined && isName(model) ? model : undefined;
  } catch {
    return undefined;
  }
}

function isModelFile(name: string): boolean {
  return /^[^.].*\.ya?ml$/.test(name);
}

function isFolder(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}

function tokenIn({ terminal }: Session, named: string | undefined): string | undefined {
  const file = named ?? (terminal.env.MERIDIAN_API_TOKEN_FILE || undefined);
  return file === undefined ? undefined : readText(file).trim();
}
