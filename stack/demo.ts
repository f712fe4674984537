import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CHOICE_OPTIONS, choose } from './choices';
import { ApiClient } from './demo/client';
import { Operator } from './demo/cli';
import { Observer } from './demo/observer';
import { demoPolicy } from './demo/policy';
import { reportOf } from './demo/report';
import type { Scene } from './demo/scene';
import { Screen } from './demo/screen';
import { hintsOf } from './demo/standing';
import { STEPS, type StepResult } from './demo/steps';
import { JsonTelling, ScreenTelling, type Ending, type Telling } from './demo/telling';
import { TrafficMonitor } from './demo/traffic-monitor';
import { EmbeddedStack } from './embedded';
import { untilInterrupted } from './interrupted';
import { layOut, type Choices } from './layout';
import { buildModels, modelsFolder } from './models/build';
import { readServers, type Servers } from './servers';

const RATE = 250; // requests a second for each region
const LONG = { 'ap-south': 0.05 }; // the share of batches above 8, which only this region's applications send

interface Arguments {
  readonly exit: boolean;
  readonly json: boolean;
  readonly report: string | undefined;
  readonly rate: number;
  readonly asked: Partial<Choices>;
  readonly choices: Choices;
}

/** The whole of meridian in about three minutes: seven steps on real parts. Exit code 0 only if each did what it says. */
async function main(): Promise<void> {
  const servers = readServers(process.env);
  const args = readArguments(servers);
  const telling = args.json
    ? new JsonTelling((line) => process.stdout.write(line))
    : new ScreenTelling(new Screen(process.stdout));
  const dir = mkdtempSync(path.join(tmpdir(), 'meridian-'));
  const models = await buildModels({ outDir: modelsFolder(process.env) });
  const startedMs = performance.now();
  const stack = new EmbeddedStack(await layOut(dir, args.choices), servers, () => undefined);
  const interrupted = untilInterrupted();
  try {
    const playing = play({ stack, telling, servers, args, modelsFolder: models.folder, startedMs });
    const ok = await Promise.race([playing, interrupted.then(() => null)]);
    if (ok !== null && !args.exit) {
      const told = await Promise.race([hintsOf(stack, modelsFolder(process.env)), interrupted.then(() => null)]);
      if (told) telling.hints(told);
      await interrupted;
    }
    process.exitCode = ok ? 0 : 1;
    telling.closing();
  } finally {
    await stack.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Play {
  readonly stack: EmbeddedStack;
  readonly telling: Telling;
  readonly servers: Servers;
  readonly args: Arguments;
  readonly modelsFolder: string;
  readonly startedMs: number;
}

async function play({ stack, telling, servers, args, modelsFolder: folder, startedMs }: Play): Promise<boolean> {
  stack.install({ fraud: demoPolicy({ gated: false }) });
  telling.said('starting the stack ...');
  await stack.start();
  const readyMs = Math.round(performance.now() - startedMs);
  telling.ready({ layout: stack.layout, servers, asked: args.asked, readyMs });
  stack.supervise((line) => telling.said(line));

  const traffic = new TrafficMonitor(stack.addresses.gateways, args.rate, LONG);
  const api = new ApiClient(stack.addresses.api, 'fraud');
  let title = 'the applications start to ask';
  const observer: Observer = new Observer(api, () => {
    const elapsedMs = performance.now() - startedMs;
    telling.look({ view: observer.newest, title, counts: traffic.counts, elapsedMs });
  });
  await stack.startBeside(traffic.spec);
  observer.start();
  const scene: Scene = {
    ...{ stack, api, observer, traffic, modelsFolder: folder, say: (line) => telling.said(`  ${line}`) },
    operator: new Operator(stack.addresses.api),
    configFile: path.join(stack.layout.dir, 'fraud.yaml'),
  };
  const steps = await playSteps(scene, telling, (now) => (title = now));
  await observer.stop();
  const setupMs = Number(process.env.MERIDIAN_SETUP_MS ?? 0);
  const facts = { servers, choices: args.choices, setupMs, readyMs, traffic, downtimes: stack.downtimes };
  const report = reportOf({ ...facts, views: [...observer.views.values()] });
  if (args.report) writeFileSync(args.report, `${JSON.stringify(report, null, 2)}\n`);
  const ok = didAll({ report, steps });
  telling.ended({ ok, report, steps, total: traffic.total });
  return ok;
}

async function playSteps(scene: Scene, telling: Telling, entitle: (title: string) => void): Promise<StepResult[]> {
  const steps: StepResult[] = [];
  for (const { step, version, title, play: act } of STEPS) {
    entitle(`step ${step} of 7: ${title}`);
    telling.step({ step, version, title });
    const problems = await outcomeOf(act, scene);
    const result = { step, version, title, problems };
    steps.push(result);
    telling.checked(result);
  }
  return steps;
}

async function outcomeOf(act: (typeof STEPS)[number]['play'], scene: Scene): Promise<readonly string[]> {
  try {
    return (await act(scene)).filter(([holds]) => !holds).map(([, problem]) => problem);
  } catch (err) {
    return [err instanceof Error ? err.message : String(err)];
  }
}

function didAll({ report, steps }: Pick<Ending, 'report' | 'steps'>): boolean {
  const held = steps.every(({ problems }) => problems.length === 0);
  return steps.length === STEPS.length && held && report.traffic.errorsOnStable === 0;
}

function readArguments(servers: Servers): Arguments {
  const { values } = parseArgs({
    options: {
      exit: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      report: { type: 'string' },
      rate: { type: 'string', default: String(RATE) },
      ...CHOICE_OPTIONS,
    },
  });
  const { exit, json, report, rate, store, registry } = values;
  if (!(Number(rate) > 0)) throw new Error(`--rate ${rate}: requests a second for each region, above 0`);
  const choices = choose(values, servers);
  const asked = { ...(store && { store: choices.store }), ...(registry && { registry: choices.registry }) };
  return { exit, json, report, rate: Number(rate), asked, choices };
}

main().then(
  () => process.exit(), // whatever an interrupted step still waits for
  (err: unknown) => {
    process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
    process.exit(1);
  },
);
