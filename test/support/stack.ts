import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EmbeddedStack } from '../../stack/embedded';
import { fleetFile, layOut, type Choices, type RegionLayout, type StackLayout } from '../../stack/layout';
import type { ProcessSpec, StackProcess } from '../../stack/processes';
import { readServers } from '../../stack/servers';
import { policyText, type PolicyChanges } from './stack-policy';
import { Link } from './stack-proxy';
import { Traffic } from './stack-traffic';

export interface StageOptions {
  readonly policy?: PolicyChanges;
  readonly store?: Choices['store']; // default: s3
  readonly perSecond?: number; // requests to each region; default 60
  readonly copies?: number; // of each gateway and runtime; default 1
  readonly beforeStart?: (layout: StackLayout) => void;
}
/** When a process was down: killed at, and serving again at; epoch milliseconds. */
export interface Downtime {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Killed {
  readonly atMs: number; // a busy computer may let it live some milliseconds longer
  readonly goneMs: number;
  readonly startAgain: () => Promise<Downtime>;
}

const ROOT = path.resolve(__dirname, '../..');

/** One embedded stack for the tests of a file, with links that can be slowed and cut, and applications that send requests. */
export class Stage {
  readonly downtimes: Downtime[] = [];
  private readonly ends: (() => Promise<void>)[] = [];

  private constructor(
    readonly stack: EmbeddedStack,
    readonly modelFolder: string,
    readonly hub: Link, // regions and control side to the hub's store
    readonly control: Readonly<Record<string, Link>>, // a region's worker to its first gateway's control listener, by region
    readonly traffic: Traffic,
  ) {}

  /** Starts everything and sends requests from the start. @throws Error with what did not start; then nothing is left behind */
  static async open({
    policy,
    store = 's3',
    perSecond = 60,
    copies = 1,
    beforeStart,
  }: StageOptions = {}): Promise<Stage> {
    const models = execFileSync(process.execPath, [path.join(ROOT, 'dist/stack/models/build.js')], {
      encoding: 'utf8',
    });
    const dir = mkdtempSync(path.join(tmpdir(), 'meridian-e2e-'));
    const layout = await layOut(dir, { store, registry: 'distribution' }, copies);
    const stack = new EmbeddedStack(layout, readServers(process.env), () => undefined);
    const hub = await Link.to(layout.ports.hub);
    const control: Record<string, Link> = {};
    for (const { id, gateways } of layout.regions) control[id] = await Link.to(gateways[0]?.controlPort ?? 0);
    stack.install({ fraud: policyText(policy) });
    writeFileSync(path.join(layout.config, 'fleet.yaml'), overLinks(fleetFile(layout), hub, control));
    beforeStart?.(layout);
    const { folder } = JSON.parse(models) as { readonly folder: string };
    const urls = ({ id, gateways }: RegionLayout) =>
      [id, gateways.map(({ port }) => `http://127.0.0.1:${port}`)] as const;
    const traffic = new Traffic(Object.fromEntries(layout.regions.map(urls)), perSecond);
    const stage = new Stage(stack, folder, hub, control, traffic);
    try {
      await stack.start();
    } catch (err) {
      await stage.close();
      throw err;
    }
    return stage;
  }

  /** Stops all processes and removes all files. */
  async close(): Promise<void> {
    for (const end of this.ends) await end();
    for (const link of [this.hub, ...Object.values(this.control)]) await link.close();
    await this.traffic.stop();
    await this.stack.stop();
    if (!process.env.MERIDIAN_KEEP) rmSync(this.stack.layout.dir, { recursive: true, force: true });
  }

  /** Kills a process as a crash would. @returns when it was told, when it had ended, and how to start it again */
  async kill(name: string): Promise<Killed> {
    const process = this.stack.process(name);
    const atMs = Date.now();
    await process.kill();
    const goneMs = Date.now();
    const startAgain = async () => {
      await process.start();
      const downtime = { name, fromMs: atMs, toMs: Date.now() };
      this.downtimes.push(downtime);
      return downtime;
    };
    return { atMs, goneMs, startAgain };
  }

  /** Starts a process beside the stack's own; it ends with the stage. */
  run(spec: ProcessSpec): Promise<StackProcess> {
    return this.stack.startBeside(spec);
  }

  /** What a test opened for itself, and has to be ended even if the test fails. Runs when the stage is closed. */
  atEnd(end: () => Promise<void>): void {
    this.ends.push(end);
  }

  /** From the next plan on. */
  setPolicy(changes: PolicyChanges): void {
    writeFileSync(path.join(this.stack.layout.config, 'models', 'fraud.yaml'), policyText(changes));
  }
}

interface FleetFile {
  readonly hub: { readonly store: Record<string, string> };
  readonly regions: readonly { readonly id: string; readonly routers: readonly Record<string, string>[] }[];
}

/** The fleet file with the hub's store and each region's first control listener behind links. */
function overLinks(text: string, hub: Link, control: Readonly<Record<string, Link>>): string {
  const fleet = JSON.parse(text) as FleetFile;
  const at = (link: Link | undefined) => `http://127.0.0.1:${link?.port}`;
  if (fleet.hub.store.kind === 's3') fleet.hub.store.endpoint = at(hub);
  for (const { id, routers } of fleet.regions) if (routers[0]) routers[0].controlUrl = at(control[id]);
  return `${JSON.stringify(fleet, null, 2)}\n`;
}
