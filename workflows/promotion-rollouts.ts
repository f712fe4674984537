import { CancellationScope, ParentClosePolicy, log, startChild } from '@temporalio/workflow';
import type { SignalDefinition } from '@temporalio/workflow';
import type { RegionId } from '../domain/ids';
import { CONTROL_QUEUE, fanOutId, pauseSignal, rolloutId, type PromotionInput } from './contract';
import { BY_ITSELF, startRollout, startRollouts, tellRollout, tellRollouts } from './fan-out';
import { faultOf } from './failures';
import type { PromotionBoard } from './promotion-board';
import { rolloutInput } from './rollout-input';

/** Children started in one workflow task: keeps its completion far below the 4 MiB that a server takes. */
const AT_ONCE = 50;

/** The rollouts of a promotion: each started once, and told what was decided once it is there. */
export class PromotionRollouts {
  private readonly starts = new Map<RegionId, Promise<unknown>>();
  private fanOuts = 0;

  constructor(
    private readonly input: PromotionInput,
    private readonly board: PromotionBoard,
  ) {}

  /** Starts the rollouts of a wave but those left out. @param mayStart waited for before each batch; throws where nothing may start any more */
  async start(wave: readonly RegionId[], mayStart: () => Promise<void>): Promise<void> {
    for (let from = 0; from < wave.length; from += AT_ONCE) {
      await mayStart();
      const regions = wave.slice(from, from + AT_ONCE).filter((region) => !this.board.isLeftOut(region));
      if (wave.length > BY_ITSELF) await this.startByFanOut(regions);
      else await Promise.all(regions.map((region) => this.startOne(region)));
      if (this.board.paused) this.tellAll(regions, pauseSignal, { turn: this.board.turn });
    }
  }

  /** Resolves when every child that was being started is there, or has failed to start. */
  async settled(): Promise<void> {
    await Promise.all(this.starts.values());
  }

  /** Resolves when the rollout has heard it (true), or is gone. */
  tell<Args extends unknown[]>(region: RegionId, signal: SignalDefinition<Args>, ...args: Args): Promise<boolean> {
    return CancellationScope.nonCancellable(async () => {
      await this.starts.get(region);
      return tellRollout(this.idOf(region), signal, ...args);
    });
  }

  /** One message to many, each of whom may have heard it before. */
  tellAll<Args extends unknown[]>(regions: readonly RegionId[], signal: SignalDefinition<Args>, ...args: Args): void {
    if (regions.length <= BY_ITSELF) for (const region of regions) void this.tell(region, signal, ...args);
    else void this.carry(regions, signal.name, args);
  }

  private carry(regions: readonly RegionId[], signal: string, args: readonly unknown[]): Promise<void> {
    return CancellationScope.nonCancellable(async () => {
      await Promise.all(regions.map((region) => this.starts.get(region)));
      await this.fanOut(tellRollouts, { rollouts: regions.map((region) => this.idOf(region)), signal, args });
    });
  }

  private async startOne(region: RegionId): Promise<void> {
    this.board.markStarted(region); // before the call: a child that may have started counts as started
    const starting = startRollout(rolloutInput(this.input, region));
    this.starts.set(
      region,
      starting.catch(() => this.notStarted(region)),
    );
    await starting;
  }

  private async startByFanOut(regions: readonly RegionId[]): Promise<void> {
    for (const region of regions) this.board.markStarted(region);
    const inputs = regions.map((region) => rolloutInput(this.input, region));
    const starting = CancellationScope.nonCancellable(async () => {
      const failed = await this.fanOut(startRollouts, inputs);
      for (const region of failed) this.notStarted(region);
      if (failed.length > 0) throw new TypeError(`no rollout was started in ${failed.join(', ')}`);
    });
    const started = starting.catch(() => undefined);
    for (const region of regions) this.starts.set(region, started);
    await starting;
  }

  private notStarted(region: RegionId): void {
    this.board.markSkipped(region, { kind: 'fault', text: 'its rollout did not start' });
  }

  /** Done once it is done: a fan-out that somebody terminates is run again, for each of its effects may be repeated. */
  private async fanOut<Input, T>(journey: (input: Input) => Promise<T>, input: Input): Promise<T> {
    const { model, epoch } = this.input;
    for (;;) {
      const workflowId = fanOutId(model, epoch, ++this.fanOuts);
      const options = { workflowId, taskQueue: CONTROL_QUEUE, parentClosePolicy: ParentClosePolicy.ABANDON };
      try {
        const child = await startChild<(input: Input) => Promise<T>>(journey, { ...options, args: [input] });
        return await child.result();
      } catch (err) {
        log.warn('a fan-out did not end', { fanOut: workflowId, why: faultOf(err).text });
      }
    }
  }

  private idOf(region: RegionId): string {
    return rolloutId(this.input.model, this.input.epoch, region);
  }
}

export function idsOf(entries: readonly { readonly region: RegionId }[]): RegionId[] {
  return entries.map(({ region }) => region);
}
