import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { WithStartWorkflowOperation, type UpdateDefinition, type WorkflowHandle } from '@temporalio/client';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { createControlActivities, createRegionActivities } from '../../activities';
import { wasGivenBack } from '../../api/engine-errors';
import type { Digest, RegionId } from '../../domain/ids';
import { TemporalEngine } from '../../workers/engine';
import * as contract from '../../workflows/contract';
import type { LineState, Offer, OfferAnswer, PromotionStatus, RolloutStatus, Signed } from '../../workflows/contract';
import { sign, type Person, type Said } from '../simulation/world/people';
import type { MemoryFleet } from './fleet';
import { CODE_PATH, type Temporal } from './temporal';

const UNTIL_MS = 30_000; // what a test waits for comes within a second or two, or not at all
const PLAY_MS = 50_000; // below Jest's limit, so that the workers of a play that hangs are ended
const LOOK_MS = 20;
const LINE_LOOK_MS = 500; // in place of a minute
const EPOCH = 2; // v1 was live by epoch 1

export type Activities = Record<string, (input: never) => Promise<unknown>>;
/** What a test puts in place of real activities, at `control` or in a region. */
export type Overlay = (where: string, real: Activities) => Activities;

/** A memory fleet brought to life: real workers and workflows on a real server, every call of an activity written down. */
export class Stage {
  readonly calls: string[] = []; // `<region or control> <activity>`, in order
  readonly engine: TemporalEngine;
  private readonly running = new Map<
    string,
    { readonly workers: readonly Worker[]; readonly ended: Promise<unknown> }
  >();

  constructor(
    readonly temporal: Temporal,
    readonly fleet: MemoryFleet,
    private readonly overlay: Overlay = (_where, real) => real,
  ) {
    this.engine = new TemporalEngine(temporal.client, temporal.address);
  }

  get line(): WorkflowHandle {
    return this.temporal.client.workflow.getHandle(contract.lineId(this.fleet.model));
  }
  promotion(epoch = EPOCH): WorkflowHandle {
    return this.temporal.client.workflow.getHandle(contract.promotionId(this.fleet.model, epoch));
  }
  rollout(region: string, epoch = EPOCH): WorkflowHandle {
    const { regionId } = this.fleet.region(region);
    return this.temporal.client.workflow.getHandle(contract.rolloutId(this.fleet.model, epoch, regionId));
  }

  async startControl(workflowBundle: WorkflowBundleOption = { codePath: CODE_PATH }): Promise<void> {
    const { connection } = this.temporal;
    const activities = createControlActivities(this.fleet.controlPorts(this.engine)) as unknown as Activities;
    const options = { connection, taskQueue: contract.CONTROL_QUEUE, workflowBundle, maxCachedWorkflows: 600 };
    const heard = this.noting('control', this.overlay('control', activities));
    this.keep('control', [
      await Worker.create({ ...options, activities: heard, maxHeartbeatThrottleInterval: '100ms' }),
    ]);
  }

  async startRegion(id: string): Promise<void> {
    await Promise.all([this.startQueue(id, contract.regionQueue), this.startGpu(id)]);
  }
  /** The worker of a region's accelerator alone. */
  async startGpu(id: string): Promise<void> {
    await this.startQueue(id, contract.gpuQueue, `${id} gpu`);
  }

  /** Ends the workers of a region, or of the control side, as a shutdown would. */
  async stop(id: string): Promise<void> {
    await Promise.all([this.stopOne(id), this.stopGpu(id)]);
  }
  async stopGpu(id: string): Promise<void> {
    await this.stopOne(`${id} gpu`);
  }

  private async startQueue(id: string, queueOf: (region: RegionId) => string, worker = id): Promise<void> {
    const region = this.fleet.region(id);
    const { connection } = this.temporal;
    const real = createRegionActivities(region.ports()) as unknown as Activities;
    const activities = this.noting(id, this.overlay(id, real));
    const options = { connection, activities, taskQueue: queueOf(region.regionId) };
    this.keep(worker, [await Worker.create({ ...options, maxHeartbeatThrottleInterval: '100ms' })]);
  }

  private async stopOne(id: string): Promise<void> {
    const found = this.running.get(id);
    this.running.delete(id);
    for (const worker of found?.workers ?? []) worker.shutdown();
    await found?.ended;
  }

  /** Rejects when a worker dies. */
  get broken(): Promise<never> {
    const ends = [...this.running.values()].map(({ ended }) => ended.then(() => new Promise<never>(() => undefined)));
    return Promise.race(ends);
  }

  /** What a registry says: this digest is new. Does not wait for an answer. */
  async offered(digest: Digest): Promise<void> {
    await this.engine.offer(this.fleet.model, digest, randomUUID());
  }

  /** Offers to the line, starting it if need be, and waits for its answer. @throws where a promotion is said to be started and is not there */
  async offer(digest: Digest, change: Partial<Offer> = {}): Promise<OfferAnswer> {
    const offer: Offer = { digest, id: randomUUID(), source: 'registry', ...change };
    const { model } = this.fleet;
    const { client } = this.temporal;
    const send = () => {
      const startWorkflowOperation = new WithStartWorkflowOperation<typeof startLine>('modelLine', {
        ...{ workflowId: contract.lineId(model), taskQueue: contract.CONTROL_QUEUE },
        ...{ workflowIdConflictPolicy: 'USE_EXISTING', args: [{ model, lookMs: LINE_LOOK_MS }] },
      });
      const options = { startWorkflowOperation, updateId: `${digest}/${offer.id}`, args: [offer] as [Offer] };
      return client.workflow.executeUpdateWithStart(contract.offerUpdate, options);
    };
    const answer = await send().catch((err: unknown) => (wasGivenBack(err) ? send() : Promise.reject(err as Error)));
    if (answer.kind === 'started') await this.promotion(answer.epoch).describe();
    return answer;
  }

  /** Pushes and offers a version. */
  async promote(version = 'v2'): Promise<Digest> {
    const digest = await this.fleet.push(version);
    await this.offered(digest);
    return digest;
  }

  /** A statement by a person of the roster; fields that are not given are those of a sound one. */
  statement(actor: Person, said: Partial<Said> & Pick<Said, 'verb'>, signer?: Person): Signed {
    const exp = Math.floor(Date.now() / 1000) + 3600;
    const promotion = contract.promotionId(this.fleet.model, EPOCH);
    return { statement: sign(actor, { promotion, jti: randomUUID(), exp, ...said }, signer) };
  }

  /** Signs as an operator and sends the update; returns its answer. */
  async order(update: UpdateDefinition<string, [Signed]>, said: Partial<Said> & Pick<Said, 'verb'>): Promise<string> {
    return this.promotion().executeUpdate(update, { args: [this.statement('ada', said)] });
  }

  /** As `order`, to the line. */
  async orderLine(
    update: UpdateDefinition<string, [Signed]>,
    said: Partial<Said> & Pick<Said, 'verb'>,
  ): Promise<string> {
    const statement = this.statement('ada', { promotion: contract.lineId(this.fleet.model), ...said });
    return this.line.executeUpdate(update, { args: [statement] });
  }

  async status(epoch = EPOCH): Promise<PromotionStatus> {
    return this.promotion(epoch).query(contract.statusQuery);
  }
  async regionStatus(region: string, epoch = EPOCH): Promise<RolloutStatus> {
    return this.rollout(region, epoch).query(contract.rolloutQuery);
  }

  async lineState(): Promise<LineState> {
    return this.line.query(contract.lineQuery);
  }

  /** Waits until a region's rollout is in a phase. */
  async reaches(region: string, phase: RolloutStatus['phase']): Promise<RolloutStatus> {
    return until(
      `${region} is ${phase}`,
      () => this.regionStatus(region),
      (status) => status.phase === phase,
    );
  }
  /** Waits until what the promotion says of itself holds. */
  async shows(holds: (status: PromotionStatus) => boolean, epoch = EPOCH): Promise<PromotionStatus> {
    return until('the promotion shows it', () => this.status(epoch), holds);
  }
  /** How a promotion ended, and the status that it ended with. */
  async ends(epoch = EPOCH): Promise<PromotionStatus> {
    await until(
      'the promotion is there',
      () => this.promotion(epoch).describe(),
      () => true,
    );
    await this.promotion(epoch).result();
    return this.status(epoch);
  }
  /** The calls of one place, without the region's name, from the first of `from` on. */
  callsOf(where: string, from?: string): readonly string[] {
    const calls = this.calls.filter((call) => call.startsWith(`${where} `)).map((call) => call.slice(where.length + 1));
    return from === undefined ? calls : calls.slice(calls.indexOf(from));
  }
  /** Waits until an activity has been called so many times. */
  async called(call: string, times = 1): Promise<void> {
    await until(
      `${call} was called`,
      async () => this.calls.filter((one) => one === call).length,
      (n) => n >= times,
    );
  }

  /** Ends every workflow of the model, then every worker. */
  async close(): Promise<void> {
    const { model, regions } = this.fleet;
    const rest = { current: null, history: [] } as Pick<LineState, 'current' | 'history'>;
    const { current, history } = await this.lineState().catch(() => rest);
    const epochs = [...history.map(({ epoch }) => epoch), ...(current ? [current.epoch] : [])];
    const rollouts = epochs.flatMap((epoch) => [...regions.keys()].map((id) => this.rollout(id, epoch)));
    const all = [this.line, ...epochs.map((epoch) => this.promotion(epoch)), ...rollouts];
    await Promise.allSettled(all.map((handle) => handle.terminate(`the test of ${model} is over`)));
    await Promise.allSettled([...this.running.keys()].map((id) => this.stopOne(id)));
  }

  private keep(id: string, workers: readonly Worker[]): void {
    const ended = Promise.all(workers.map((worker) => worker.run()));
    ended.catch(() => undefined); // `broken` and `stop` see it
    this.running.set(id, { workers, ended });
  }

  private noting(where: string, activities: Activities): Activities {
    const note = ([name, run]: [string, Activities[string]]) => {
      const noted = async (input: never) => {
        this.calls.push(`${where} ${name}`);
        return run(input);
      };
      return [name, noted] as const;
    };
    return Object.fromEntries(Object.entries(activities).map(note));
  }
}

/** What a play takes that is not as everywhere. */
interface Staging {
  readonly overlay?: Overlay;
  readonly playMs?: number;
  readonly workflowBundle?: WorkflowBundleOption; // default: that of dist/
}

/** Lets a fleet live with all its workers for as long as the play lasts; a worker that dies ends it. */
export async function onStage<T>(
  temporal: Temporal,
  fleet: MemoryFleet,
  play: (stage: Stage) => Promise<T>,
  { overlay, playMs = PLAY_MS, workflowBundle }: Staging = {},
): Promise<T> {
  const stage = new Stage(temporal, fleet, overlay);
  const over = new AbortController();
  const present = [...fleet.regions.keys()];
  try {
    await Promise.all([stage.startControl(workflowBundle), ...present.map((id) => stage.startRegion(id))]);
    const late = pause(playMs, undefined, { signal: over.signal }).then(() => {
      throw new Error(`the play was not over after ${playMs} ms; last calls: ${stage.calls.slice(-9).join(', ')}`);
    });
    return await Promise.race([play(stage), stage.broken, late]);
  } finally {
    over.abort();
    await stage.close();
  }
}

/** Asks until it holds; an answer that is an error counts as not yet. @throws Error with what was last said */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  { withinMs = UNTIL_MS, lookMs = LOOK_MS } = {},
): Promise<T> {
  let last: unknown;
  for (const endMs = Date.now() + withinMs; Date.now() < endMs; await pause(lookMs)) {
    try {
      const answer = await ask();
      if (holds(answer)) return answer;
      last = answer;
    } catch (err) {
      last = err;
    }
  }
  throw new Error(`not within ${withinMs} ms: ${what}; last: ${JSON.stringify(last) ?? String(last)}`);
}

/** An activity that heartbeats until it is cancelled. */
export async function untilCancelled(): Promise<never> {
  const { heartbeat, cancelled } = Context.current();
  const beat = setInterval(() => heartbeat(), LOOK_MS);
  return cancelled.finally(() => clearInterval(beat));
}

/** A promise that a test keeps by hand. */
export function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

declare const startLine: (input: contract.ModelLineInput) => Promise<never>;
