import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CHOICE_OPTIONS, choose } from './choices';
import { ApiClient } from './demo/client';
import { Operator } from './demo/cli';
import { Observer } from './demo/observer';
import { demoPolicy } from './demo/policy';
import { reportOf, type Report } from './demo/report';
import { Screen } from './demo/screen';
import { STEPS, type Scene, type StepResult } from './demo/steps';
import { closingTable, greeting, hints } from './demo/words';
import { TrafficMonitor } from './demo/traffic-monitor';
import { frame } from './demo/view';
import { EmbeddedStack } from './embedded';
import { untilInterrupted } from './interrupted';
import { layOut, type Choices } from './layout';
import { buildModels, modelsFolder } from './models/build';
import { readServers, type Servers } from './servers';

const RATE = 250; // requests a second for each region
const LONG = { 'ap-south': 0.05 }; // the share of batches above 8, which only this region's applications send

interface Arguments {
  readonly exit: boolean;
  readonly report: string | undefined;
  readonly rate: number;
  readonly choices: Choices;
}

/** The whole of meridian in about three minutes: seven steps on real parts. Exit code 0 only if each did what it says. */
async function main(): Promise<void> {
  const servers = readServers(process.env);
  const args = readArguments(servers);
  const screen = new Screen(process.stdout);
  const dir = mkdtempSync(path.join(tmpdir(), 'meridian-'));
  const models = await buildModels({ outDir: modelsFolder(process.env) });
  const startedMs = performance.now();
  const stack = new EmbeddedStack(await layOut(dir, args.choices), servers, () => undefined);
  const leave = async () => {
    await stack.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  const interrupted = untilInterrupted();
  try {
    const playing = play({ stack, screen, servers, args, modelsFolder: models.folder, startedMs });
    const ok = await Promise.race([playing, interrupted.then(() => null)]);
    if (ok !== null && !args.exit) {
      screen.say(hints(stack));
      await interrupted;
    }
    process.exitCode = ok ? 0 : 1;
    screen.close('stopping the stack ...');
  } finally {
    await leave();
  }
}

interface Play {
  readonly stack: EmbeddedStack;
  readonly screen: Screen;
  readonly servers: Servers;
  readonly args: Arguments;
  readonly modelsFolder: string;
  readonly startedMs: number;
}

async function play({ stack, screen, servers, args, modelsFolder: folder, startedMs }: Play): Promise<boolean> {
  stack.install({ fraud: demoPolicy({ gated: false }) });
  screen.say('starting the stack ...');
  await stack.start();
  const readyMs = Math.round(performance.now() - startedMs);
  screen.say(greeting(stack, servers, readyMs));

  stack.supervise((line) => screen.say(line));

  const { addresses, layout } = stack;
  const traffic = new TrafficMonitor(addresses.gateways, args.rate, LONG);
  const api = new ApiClient(addresses.api, 'fraud');
  let title = 'the applications start to ask';
  const observer: Observer = new Observer(api, () => {
    screen.show(frame(observer.newest, title, traffic.counts, performance.now() - startedMs));
  });
  await stack.startBeside(traffic.spec);
  const trafficSinceMs = performance.now();
  observer.start();
  const say = (line: string) => screen.say(`  ${line}`);
  const scene: Scene = {
    ...{ stack, api, observer, traffic, modelsFolder: folder, say },
    operator: new Operator(addresses.api),
    configFile: path.join(layout.dir, 'fraud.yaml'),
  };
  const steps: StepResult[] = [];
  for (const { step, version, title: next, play: act } of STEPS) {
    title = `step ${step} of 7: ${next}`;
    screen.say(title);
    const problems = await outcomeOf(act, scene);
    steps.push({ step, version, title: next, problems });
    for (const problem of problems) screen.say(`  NOT SO: ${problem}`);
  }
  await observer.stop();
  screen.end();
  const views = [...observer.views.values()];
  const setupMs = Number(process.env.MERIDIAN_SETUP_MS ?? 0);
  const facts = { servers, choices: args.choices, setupMs, readyMs, views, traffic, steps, downtimes: stack.downtimes };
  const report = reportOf({ ...facts, trafficMs: performance.now() - trafficSinceMs });
  if (args.report) writeFileSync(args.report, `${JSON.stringify(report, null, 2)}\n`);
  screen.say(closingTable(report));
  return didAll(report);
}

async function outcomeOf(act: (typeof STEPS)[number]['play'], scene: Scene): Promise<readonly string[]> {
  try {
    return (await act(scene)).filter(([holds]) => !holds).map(([, problem]) => problem);
  } catch (err) {
    return [err instanceof Error ? err.message : String(err)];
  }
}

function didAll({ steps, traffic }: Report): boolean {
  return (
    steps.length === STEPS.length &&
    steps.every(({ problems }) => problems.length === 0) &&
    traffic.errorsOnStable === 0
  );
}

function readArguments(servers: Servers): Arguments {
  const { values } = parseArgs({
    options: {
      exit: { type: 'boolean', default: false },
      report: { type: 'string' },
      rate: { type: 'string', default: String(RATE) },
      ...CHOICE_OPTIONS,
    },
  });
  const { exit, report, rate } = values;
  if (!(Number(rate) > 0)) throw new Error(`--rate ${rate}: requests a second for each region, above 0`);
  return { exit, report, rate: Number(rate), choices: choose(values, servers) };
}

main().then(
  () => process.exit(), // whatever an interrupted step still waits for
  (err: unknown) => {
    process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
    process.exit(1);
  },
);
