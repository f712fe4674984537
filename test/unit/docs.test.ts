import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { checkAll } from '../../adapters/configuration/check';
import { API_ENVIRONMENT } from '../../api/config';
import { meridian } from '../../cli/program';
import { parseRoster } from '../../domain/roster';
import { GATEWAY_ENVIRONMENT } from '../../serving/gateway/config';
import { RUNTIME_ENVIRONMENT } from '../../serving/runtime/config';
import { WORKER_ENVIRONMENT } from '../../workers/config';

const ROOT = path.resolve(__dirname, '../..');
const LEFT_OUT = new Set(['node_modules', 'dist', 'coverage']);
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const tree = filesUnder('');
const pages = tree.filter((file) => file.endsWith('.md'));
const texts = new Map(pages.map((page) => [page, read(page)]));

function filesUnder(folder: string): readonly string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const at = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return LEFT_OUT.has(entry.name) || entry.name.startsWith('.') ? [] : filesUnder(at);
    return [at];
  });
}

/** Fenced blocks of a page, with the word after the fence. */
function blocksOf(page: string): readonly { readonly kind: string; readonly text: string }[] {
  return [...(texts.get(page) ?? '').matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, kind = '', text = '']) => ({
    kind,
    text,
  }));
}

function spansOf(page: string): readonly string[] {
  const prose = (texts.get(page) ?? '').replace(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
}

/** Every line of code on a page, comments and continued lines put right. */
function codeOf(page: string): readonly string[] {
  const lines = blocksOf(page).flatMap(({ kind, text }) => (kind === '' ? text.replace(/\\\n/g, ' ').split('\n') : []));
  return [...lines, ...spansOf(page)].map((line) => line.replace(/\s#\s.*$/, '').trim());
}

function named(pattern: RegExp, within: (page: string) => readonly string[]): readonly [string, string][] {
  const found = pages.flatMap((page) =>
    within(page).flatMap((text) => [...text.matchAll(pattern)].map(([name]): [string, string] => [page, name])),
  );
  return [...new Map(found.map(([page, name]) => [`${page} ${name}`, [page, name] as [string, string]])).values()];
}

async function helpOf(...words: readonly string[]): Promise<string> {
  let told = '';
  const write = (text: string) => void (told += text);
  const terminal = { env: {}, width: 80, height: 24, redraws: false, asks: false, colours: false };
  await meridian([...words, '--help'], '0.0.0', {
    terminal: { ...terminal, interrupted: new AbortController().signal, out: write, note: write, ask: async () => '' },
    clock: { nowMs: () => 0, sleep: async () => undefined },
    registryAt: () => {
      throw new TypeError('help asks no registry');
    },
  });
  return told;
}

const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replace(/\s/g, '-');

const linksOf = (page: string) =>
  [...(texts.get(page) ?? '').matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) =>
    /^[a-z]+:/.test(link) ? [] : link,
  );
const links = pages.flatMap((page) => linksOf(page).map((link): [string, string] => [page, link]));

describe('the documents', () => {
  it.each(links)('%s has what it links to as %s', (page, link) => {
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
    expect(existsSync(path.join(ROOT, target))).toBe(true);
    if (anchor === undefined) return;
    const headings = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading));
    expect(headings).toContain(anchor);
  });

  it.each(named(/^npm (?:run (?:--silent )?)?[a-z][a-z:]*/g, codeOf))(
    '%s names %s, which package.json knows',
    (_, command) => {
      const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
      const own = command.replace(/^npm (run (--silent )?)?/, '');
      expect(command === 'npm ci' || own in scripts).toBe(true);
    },
  );

  it.each(named(/^meridian [a-z].*$/g, codeOf))('%s says `%s`, which the command takes', async (_, line) => {
    const words = line.split(' ').slice(1);
    const command = words[0] === 'keys' ? words.slice(0, 2) : words.slice(0, 1);
    const own = (await helpOf()).match(/^ {2}[a-z]+/gm)?.map((name) => name.trim());
    expect(own).toContain(command[0]);
    const help = await helpOf(...command);
    expect(help).toContain(`Usage: meridian ${command.join(' ')}`);
    const options = words.filter((word) => /^--[a-z]/.test(word));
    expect(options.filter((option) => !help.includes(option))).toEqual([]);
  });

  it.each(named(/\b(?:MERIDIAN|TEMPORAL)_[A-Z_]*[A-Z]\b/g, (page) => [texts.get(page) ?? '']))(
    '%s names %s, which some process reads',
    (_, name) => {
      const ofProcesses = [WORKER_ENVIRONMENT, API_ENVIRONMENT, RUNTIME_ENVIRONMENT].flatMap(Object.keys);
      const tools = tree.filter((file) => /^((cli|test\/contract)\/.+\.ts|stack\/setup\/.+\.mjs)$/.test(file));
      const known =
        [...ofProcesses, ...GATEWAY_ENVIRONMENT].includes(name) || tools.some((file) => read(file).includes(name));
      expect(known).toBe(true);
    },
  );

  it.each(named(/^[\w./*-]+\.(?:ts|mjs)$/g, spansOf))('%s names the source %s, which is there', (_, source) => {
    const pattern = new RegExp(`(^|/)${source.replace(/\./g, '\\.').replace(/\*/g, '[^/]*')}$`);
    expect(tree.some((file) => pattern.test(file))).toBe(true);
  });

  it('keep the architecture to a length that is read', () => {
    expect(read('ARCHITECTURE.md').split('\n').length).toBeLessThanOrEqual(151);
  });
});

/** YAML blocks that begin with the name of their file. */
const filesOn = (page: string) =>
  blocksOf(page).flatMap(({ kind, text }): [string, string][] => {
    const name = /^# (\S+\.yaml)\b/.exec(text)?.[1];
    return kind === 'yaml' && name !== undefined ? [[name, text]] : [];
  });

describe('the files that the documents show', () => {
  it.each(pages.filter((page) => filesOn(page).some(([name]) => name === 'fleet.yaml')))(
    'are a fleet and models without a problem in %s',
    (page) => {
      const files = new Map(filesOn(page).filter(([name]) => name !== 'people.yaml'));
      expect(checkAll(files, '').fleet?.value.regions.map(({ id }) => id)).toEqual(['eu-north', 'us-east']);
    },
  );

  it('are read by name, so that none goes by unseen', () => {
    const yaml = pages.flatMap((page) => blocksOf(page).filter(({ kind }) => kind === 'yaml'));
    expect(pages.flatMap(filesOn)).toHaveLength(yaml.length);
    expect(yaml.length).toBeGreaterThan(3);
  });

  it('are a roster that can be signed', () => {
    const rosters = pages.flatMap(filesOn).filter(([name]) => name === 'people.yaml');
    expect(rosters).toHaveLength(1);
    for (const [, text] of rosters) expect(parseRoster(parse(text) as object)).toHaveProperty('ok');
  });
});
