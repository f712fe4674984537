import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { argumentsOf } from '../../../cli/commands/stack';
import { Stage } from './stage';

const DEMO = path.resolve(__dirname, '../../../stack/setup/demo.mjs');

let stage: Stage;
beforeEach(async () => {
  stage = await new Stage().open();
});
afterEach(() => stage.close());

describe('the commands that start a stack', () => {
  it.each([
    ['demo', ['--store', '--registry', '--rate', '--exit', '--report', '--json']],
    ['up', ['--store', '--registry', '--data', '--json']],
  ])('name the options of %s in its help', async (name, options) => {
    const { out } = await stage.run([name, '--help']);
    for (const option of options) expect(out).toMatch(new RegExp(`^ +${option}\\b`, 'm'));
  });

  it.each([
    [['demo', '--store', 's4'], 's4'],
    [['up', '--registry', 'harbor'], 'harbor'],
    [['demo', '--rate', '0'], '--rate 0'],
    [['up', '--exit'], '--exit'],
    [['up', 'somewhere'], 'too many arguments'],
  ])('refuse %j before anything is started', async (args, words) => {
    const { code, err } = await stage.run(args);
    expect([code, err]).toEqual([2, expect.stringContaining(words)]);
  });

  it('hand on what they were given, files as absolute paths', () => {
    expect(argumentsOf({ json: true, exit: true, report: '/r.json', key: 'k', api: 'a' })).toEqual([
      ...['--json', '--exit', '--report', '/r.json'],
    ]);
    expect(argumentsOf({ data: 'here' })).toEqual(['--data', path.resolve('here')]);
  });
});

describe('npm run demo', () => {
  const demo = (...args: string[]) => spawnSync(process.execPath, [DEMO, ...args], { encoding: 'utf8' });

  it('prints its help before any set-up, with the options that `meridian demo` has', async () => {
    const { status, stdout, stderr } = demo('--help');
    expect([status, stderr]).toEqual([0, '']);
    const { out } = await stage.run(['demo', '--help']);
    const named = (text: string) => [...text.matchAll(/^ +(--[a-z]+)/gm)].map(([, name]) => name);
    const shared = ['--api', '--key']; // of every command
    expect(named(stdout).filter((name) => name !== '--help')).toEqual(
      named(out).filter((n) => !shared.includes(n ?? '')),
    );
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each([
    [['--store', 's4'], '--store s4: filesystem or s3'],
    [['--registry=harbor'], '--registry harbor: layout or distribution'],
    [['--rate', 'fast'], '--rate fast'],
    [['--stoer', 's3'], '--stoer'],
  ])('refuses %j before any set-up', (args, words) => {
    const { status, stderr } = demo(...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(words)]);
    expect(stderr).not.toContain('packages');
  });
});
