import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Digest, ModelName } from '../domain/ids';
import type { MemoryRegion } from '../test/support/fleet-region';
import { sign } from '../test/simulation/world/people';
import { abortUpdate, promotionId, statusQuery, type PromotionStatus } from '../workflows/contract';
import type { RouteLog } from './route-log';

const HOUR_S = 3_600;

/** A region of the bench, and who listens to it. */
export interface HeardRegion {
  readonly region: MemoryRegion;
  readonly log: RouteLog;
}
interface Parts {
  readonly model: ModelName;
  readonly regions: readonly HeardRegion[];
  readonly client: Client;
  push(version: string): Promise<Digest>;
  offer(digest: Digest, id: string): Promise<void>;
}

/** One model with regions of its own, whose promotions go one after the other beside those of the other lanes. */
export class Lane {
  readonly regions: readonly HeardRegion[];
  private epoch = 1; // of v1, which is live everywhere from the start

  constructor(private readonly parts: Parts) {
    this.regions = parts.regions;
  }

  /** Pushes a version that was never offered before, and offers it. The lane has to be free. */
  async promote(): Promise<LanePromotion> {
    const { model, client, push, offer } = this.parts;
    const digest = await push(`v${++this.epoch}`);
    await offer(digest, randomUUID());
    return new LanePromotion(client, promotionId(model, this.epoch), digest);
  }
}

/** A promotion under way. */
export class LanePromotion {
  constructor(
    private readonly client: Client,
    readonly id: string,
    readonly digest: Digest,
  ) {}

  /** Aborts as an operator does. Resolves when every region is on its way back. */
  async abort(): Promise<void> {
    const exp = Math.floor(Date.now() / 1000) + HOUR_S;
    const said = { promotion: this.id, verb: 'abort', reason: 'the bench', jti: randomUUID(), exp } as const;
    await this.client.workflow
      .getHandle(this.id)
      .executeUpdate(abortUpdate, { args: [{ statement: sign('ada', said) }] });
  }

  /** The status that it ended with, its duration by the server's clock, and how many events its history has. */
  async ended(): Promise<PromotionStatus & { readonly tookMs: number; readonly events: number }> {
    const handle = await this.begun();
    await handle.result();
    const { startTime, closeTime, historyLength } = await handle.describe();
    const tookMs = (closeTime ?? startTime).getTime() - startTime.getTime();
    return { ...(await handle.query<PromotionStatus, []>(statusQuery)), tookMs, events: historyLength };
  }

  private async begun() {
    const handle = this.client.workflow.getHandle(this.id);
    for (let tries = 0; ; tries++) {
      try {
        await handle.describe();
        return handle;
      } catch (err) {
        if (tries === 1_000) throw err; // the line plans first: tens of milliseconds, seconds for hundreds of regions
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
}
