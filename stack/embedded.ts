import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Person } from './credentials';
import { fleetFile, type RegionLayout, type StackLayout } from './layout';
import * as parts from './parts';
import { StackProcess, type ProcessSpec } from './processes';
import { Reaper } from './reaper';
import type { Servers } from './servers';
import { keysOf, type StackKeys } from './stack-keys';
import { addReaders, makeBucket } from './stores';
import { Supervisor, type Downtime } from './supervisor';

/** Where a person or an application finds the stack. */
export interface Addresses {
  readonly temporal: string;
  readonly temporalUi: string;
  readonly api: string;
  readonly registry: string;
  readonly gateways: Readonly<Record<string, string>>; // the first of each region, by region id
}

/** A hub and three regions as processes on this computer: started in order, stopped newest first, each one killable on purpose. */
export class EmbeddedStack {
  private readonly keys: StackKeys;
  private readonly processes = new Map<string, StackProcess>();
  private readonly reaper = new Reaper();
  private supervisor: Supervisor | undefined;

  constructor(
    readonly layout: StackLayout,
    private readonly servers: Servers,
    private readonly say: (line: string) => void,
  ) {
    this.keys = keysOf(layout);
  }

  get people(): readonly Person[] {
    return this.keys.people;
  }

  get addresses(): Addresses {
    const { ports, apiPort, regions, choices, dir } = this.layout;
    const at = (port: number) => `http://127.0.0.1:${port}`;
    return {
      temporal: `127.0.0.1:${ports.temporal}`,
      temporalUi: at(ports.ui),
      api: at(apiPort),
      registry: choices.registry === 'layout' ? path.join(dir, 'registry') : at(ports.registry),
      gateways: Object.fromEntries(regions.map(({ id, gateways }) => [id, at(gateways[0]?.port ?? 0)])),
    };
  }

  /** Writes fleet, roster and models where the control side reads them; what is there stays, for a person may have applied it. */
  install(models: Readonly<Record<string, string>>): void {
    const { config } = this.layout;
    mkdirSync(path.join(config, 'models'), { recursive: true });
    const files = [
      ['fleet.yaml', fleetFile(this.layout)],
      ['roster.jws', `${this.keys.roster}\n`],
      ...Object.entries(models).map(([name, text]) => [`models/${name}.yaml`, text]),
    ] as const;
    for (const [name = '', text = ''] of files) {
      const file = path.join(config, name);
      if (!existsSync(file)) writeFileSync(file, text);
    }
  }

  /** Starts everything: servers first, then what dials them. */
  async start(): Promise<void> {
    const { layout, servers } = this;
    const { secrets } = this.keys;
    await Promise.all([
      this.run(parts.temporalPart(layout, servers)),
      this.run(parts.manifestPart(layout)),
      ...(layout.choices.store === 's3' ? this.startStores() : []),
    ]);
    const each = <T>(
      of: (region: RegionLayout) => readonly T[],
      start: (region: RegionLayout, one: T) => ProcessSpec,
    ) => Promise.all(layout.regions.flatMap((region) => of(region).map((one) => this.run(start(region, one)))));
    await each(
      ({ runtimes }) => runtimes,
      (region, runtime) => parts.runtimePart(region, runtime, secrets),
    );
    await each(
      ({ gateways }) => gateways,
      (region, gateway) => parts.gatewayPart(region, gateway, secrets),
    );
    await this.run(parts.controlWorkerPart(layout, secrets));
    await Promise.all([
      this.run(parts.apiPart(layout, secrets)),
      ...layout.regions.map((region) => this.run(parts.regionWorkerPart(layout, region, secrets))),
    ]);
    if (layout.choices.registry === 'distribution') {
      await this.run(parts.registryPart(layout, this.keys.token('hook'), servers));
    }
  }

  /** From now on a process that ends without being told to is started again; `say` gets a line for each. */
  supervise(say: (line: string) => void): void {
    this.supervisor = new Supervisor(say);
  }

  /** When supervised processes were away. */
  get downtimes(): readonly Downtime[] {
    return this.supervisor?.downtimes ?? [];
  }

  /** Stops newest first; leaves no process behind. Idempotent. */
  async stop(): Promise<void> {
    this.supervisor?.stop();
    const stops = [...this.processes.values()].reverse();
    const servers = stops.filter(({ spec }) => /temporal|manifest|store|registry/.test(spec.name));
    await Promise.all(stops.filter((process) => !servers.includes(process)).map((process) => process.stop()));
    await Promise.all(servers.map((process) => process.stop()));
    this.reaper.close();
  }

  /** @throws Error naming the processes there are */
  process(name: string): StackProcess {
    const found = this.processes.get(name);
    if (!found) throw new Error(`no process ${name}; there are ${[...this.processes.keys()].join(', ')}`);
    return found;
  }

  get names(): readonly string[] {
    return [...this.processes.keys()];
  }

  /** Starts a process that belongs to the stack from now on: it is stopped with the others. @throws Error as `start` */
  async startBeside(spec: ProcessSpec): Promise<StackProcess> {
    const process = new StackProcess(spec, this.layout.logs, {
      started: (_, pid) => this.reaper.started(pid),
      ended: (ended, pid, how) => {
        this.reaper.ended(pid);
        this.supervisor?.ended(ended, how);
      },
    });
    this.processes.set(spec.name, process);
    await process.start();
    return process;
  }

  person(id: string): Person {
    const found = this.people.find((person) => person.id === id);
    if (!found) throw new Error(`nobody is called ${id}`);
    return found;
  }

  private startStores(): readonly Promise<void>[] {
    const { layout, servers } = this;
    const hub = async () => {
      const [root, endpoint] = [this.keys.rootOf('hub'), `http://127.0.0.1:${layout.ports.hub}`];
      await this.run(parts.storePart('hub', path.join(layout.dir, 'hub'), layout.ports.hub, root, servers));
      await makeBucket(endpoint, 'hub', root);
      await addReaders(endpoint, 'hub', root, this.keys.readers, servers);
    };
    const regional = layout.regions.map(async ({ id, dir, storePort }) => {
      await this.run(parts.storePart(id, dir, storePort, this.keys.rootOf(id), servers));
      await makeBucket(`http://127.0.0.1:${storePort}`, id, this.keys.rootOf(id));
    });
    return [hub(), ...regional];
  }

  private async run(spec: ProcessSpec): Promise<void> {
    await this.startBeside(spec);
    this.say(spec.name);
  }
}
