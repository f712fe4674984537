import {
  WithStartWorkflowOperation,
  type Client,
  type Connection,
  type WorkflowUpdateOptions,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { createHash } from 'node:crypto';
import type { ModelName, RegionId } from '../domain/ids';
import * as contract from '../workflows/contract';
import type { EngineClient, LineVerb, PromotionKey, PromotionVerb } from './engine-client';
import { engineError, unavailable, wasGivenBack } from './engine-errors';
import { pendingActivities } from './pending-activities';
import { Turns } from './turns';

// Far above what an answer takes, and few enough that a person sees "does not answer" within seconds.
const CHECK_MS = 2_000;
const CHECKED_FOR_MS = 1_000;
const QUERY_MS = 5_000;
// A plan asks regions for 10 s, an abort waits for the regions' reports: long, but not for ever.
const UPDATE_MS = 60_000;

const LINE_UPDATES = {
  ...{ release: contract.releaseUpdate, freeze: contract.freezeUpdate, thaw: contract.thawUpdate },
  ...{ hold: contract.holdUpdate, resume: contract.resumeLineUpdate },
} satisfies Record<LineVerb, UpdateDefinition<string, [contract.Signed]>>;

const PROMOTION_UPDATES = {
  ...{ approve: contract.approveUpdate, reject: contract.rejectUpdate, pause: contract.pauseUpdate },
  ...{ resume: contract.resumeUpdate, abort: contract.abortUpdate, extendBake: contract.extendBakeUpdate },
  ...{ retryRegion: contract.retryRegionUpdate, skipRegion: contract.skipRegionUpdate },
} satisfies Record<PromotionVerb, UpdateDefinition<string, [contract.Signed]>>;

/** The journeys over Temporal. Every call has a deadline of its own; a call that fails is told apart by asking Temporal once more. */
export class TemporalEngine implements EngineClient {
  private checkedAtMs = 0;
  private readonly turns = new Turns();

  constructor(
    private readonly client: Client,
    private readonly connection: Connection,
    readonly address: string,
  ) {}

  offer(model: ModelName, offer: contract.Offer) {
    const updateId = `${offer.digest}/${offer.id}`;
    return this.toLine(model, contract.offerUpdate, { updateId, args: [offer] });
  }

  plan(model: ModelName, request: contract.PlanRequest) {
    return this.toLine(model, contract.planUpdate, { args: [request] });
  }

  line(model: ModelName) {
    const id = contract.lineId(model);
    return this.ask(id, QUERY_MS, () => this.client.workflow.getHandle(id).query(contract.lineQuery));
  }

  async updateLine(model: ModelName, verb: LineVerb, statement: string) {
    return this.toLine(model, LINE_UPDATES[verb], { args: [{ statement }], updateId: idOf(verb, statement) });
  }

  status({ model, epoch }: PromotionKey) {
    const id = contract.promotionId(model, epoch);
    return this.ask(id, QUERY_MS, () => this.client.workflow.getHandle(id).query(contract.statusQuery));
  }

  rollout({ model, epoch }: PromotionKey, region: RegionId) {
    const id = contract.rolloutId(model, epoch, region);
    return this.ask(id, QUERY_MS, () => this.client.workflow.getHandle(id).query(contract.rolloutQuery));
  }

  pending({ model, epoch }: PromotionKey, region?: RegionId) {
    const id = region ? contract.rolloutId(model, epoch, region) : contract.promotionId(model, epoch);
    return this.ask(id, QUERY_MS, async () => {
      const { raw } = await this.client.workflow.getHandle(id).describe();
      return pendingActivities(raw.pendingActivities ?? [], this.client.options.loadedDataConverter);
    });
  }

  updatePromotion({ model, epoch }: PromotionKey, verb: PromotionVerb, statement: string) {
    const id = contract.promotionId(model, epoch);
    const options = { args: [{ statement }] as [contract.Signed], updateId: idOf(verb, statement) };
    return this.update(id, () => this.client.workflow.getHandle(id).executeUpdate(PROMOTION_UPDATES[verb], options));
  }

  async check(): Promise<void> {
    const asking = () => this.connection.workflowService.getSystemInfo({});
    await this.connection.withDeadline(Date.now() + CHECK_MS, asking).catch((error: unknown) => {
      throw unavailable(this.address, error);
    });
    this.checkedAtMs = Date.now();
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private toLine<Ret, Args extends unknown[]>(
    model: ModelName,
    update: UpdateDefinition<Ret, Args>,
    options: WorkflowUpdateOptions & { readonly args: Args },
  ): Promise<Ret> {
    const workflowId = contract.lineId(model);
    return this.update(workflowId, () => {
      const startWorkflowOperation = new WithStartWorkflowOperation('modelLine', {
        ...{ workflowId, taskQueue: contract.CONTROL_QUEUE, workflowIdConflictPolicy: 'USE_EXISTING' },
        args: [{ model } satisfies contract.ModelLineInput],
      });
      return this.client.workflow.executeUpdateWithStart(update, { ...options, startWorkflowOperation });
    });
  }

  private update<T>(workflowId: string, call: () => Promise<T>): Promise<T> {
    return this.turns.take(workflowId, () => this.ask(workflowId, UPDATE_MS, () => call().catch(again)));

    async function again(error: unknown): Promise<T> {
      if (!wasGivenBack(error)) throw error;
      return call();
    }
  }

  /** Each call is preceded by a short check, unless one has just passed: that Temporal is away is said after 2 s, not after the limit. */
  private async ask<T>(workflowId: string, limitMs: number, call: () => Promise<T>): Promise<T> {
    if (Date.now() > this.checkedAtMs + CHECKED_FOR_MS) await this.check();
    const asked = { workflowId, isUpdate: limitMs === UPDATE_MS };
    try {
      return await this.connection.withDeadline(Date.now() + limitMs, call);
    } catch (error) {
      const known = engineError(error, asked);
      if (known) throw known;
      await this.check(); // throws when it is Temporal that does not answer
      throw engineError(error, { ...asked, isReachable: true }) ?? error;
    }
  }
}

/** The same statement sent again gets the same answer. */
function idOf(verb: string, statement: string): string {
  return `${verb}/${createHash('sha256').update(statement).digest('hex').slice(0, 32)}`;
}
