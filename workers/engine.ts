import {
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { Failure } from '../domain/failures';
import type { Digest, ModelName } from '../domain/ids';
import type { RegionOutcome } from '../domain/phase';
import type { Engine, Standing } from '../ports/engine';
import { CONTROL_QUEUE, lineId, lineQuery, offerUpdate, rolloutQuery, statusQuery } from '../workflows/contract';

const CLOSED = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);
const ASK_MS = 500; // for what a workflow says of itself: 500 that do not answer, 16 at once, take 16 s of an activity's 30

/** The workflow engine over Temporal, as the control side's activities see it. */
export class TemporalEngine implements Engine {
  constructor(
    private readonly client: Client,
    private readonly address: string,
  ) {}

  async describe(workflowId: string): Promise<'running' | 'closed' | 'gone'> {
    try {
      const { status } = await this.client.workflow.getHandle(workflowId).describe();
      if (status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW') return 'running';
      return CLOSED.has(status.name) ? 'closed' : 'gone';
    } catch (err) {
      if (err instanceof WorkflowNotFoundError) return 'gone';
      throw this.unavailable(err);
    }
  }

  async children(workflowId: string): Promise<readonly string[]> {
    try {
      const { raw } = await this.client.workflow.getHandle(workflowId).describe();
      return (raw.pendingChildren ?? []).flatMap((child) => child.workflowId ?? []);
    } catch (err) {
      if (err instanceof WorkflowNotFoundError) return [];
      throw this.unavailable(err);
    }
  }

  async outcome(id: string): Promise<RegionOutcome | null> {
    const handle = this.client.workflow.getHandle<() => Promise<RegionOutcome>>(id);
    try {
      const { status } = await handle.describe();
      if (status.name === 'COMPLETED') return await handle.result();
      return status.name === 'RUNNING' ? await this.askOutcome(handle) : null;
    } catch (err) {
      if (err instanceof WorkflowNotFoundError) return null;
      throw this.unavailable(err);
    }
  }

  async standing(promotionId: string): Promise<Standing | null> {
    try {
      const { phase, regions } = await this.client.workflow.getHandle(promotionId).query(statusQuery);
      const unclean = regions.filter((region) => region.phase !== 'ended' && region.phase !== 'pending');
      const held = regions.some((region) => region.phase === 'held' || region.phase === 'stuck');
      return {
        waitsForPerson: held || phase === 'held' || phase === 'stuck',
        unclean: unclean.map(({ region }) => region),
      };
    } catch (err) {
      if (err instanceof WorkflowNotFoundError) return null;
      throw this.unavailable(err);
    }
  }

  async offer(model: ModelName, digest: Digest, id: string): Promise<void> {
    if (await this.isKnown(model, digest)) return; // a query leaves no history; a poll that offers for ever would fill it
    const startWorkflowOperation = new WithStartWorkflowOperation('modelLine', {
      ...{ workflowId: lineId(model), taskQueue: CONTROL_QUEUE, workflowIdConflictPolicy: 'USE_EXISTING' },
      args: [{ model }],
    });
    try {
      await this.client.workflow.startUpdateWithStart(offerUpdate, {
        startWorkflowOperation,
        updateId: `${digest}/${id}`,
        args: [{ digest, id, source: 'registry' }],
        waitForStage: 'ACCEPTED', // what becomes of the offer is the line's to say, and may take its turn
      });
    } catch (err) {
      throw this.unavailable(err);
    }
  }

  /** One whose tasks fail has not ended, as far as anybody can tell. */
  private async askOutcome(handle: WorkflowHandle): Promise<RegionOutcome | null> {
    const asking = this.client.connection.withDeadline(Date.now() + ASK_MS, () => handle.query(rolloutQuery));
    return asking.then(({ outcome }) => outcome).catch(() => null);
  }

  private async isKnown(model: ModelName, digest: Digest): Promise<boolean> {
    try {
      const { live, denied, queue, current, beside } = await this.client.workflow
        .getHandle(lineId(model))
        .query(lineQuery);
      const taken = [...queue, ...[current, ...beside].map((one) => one?.offer)].some(
        (offer) => offer?.digest === digest,
      );
      return taken || live === digest || denied[digest] !== undefined;
    } catch {
      return false; // no line yet, or none that answers: the offer itself finds out
    }
  }

  private unavailable(cause: unknown): Failure {
    return new Failure('EngineUnavailable', `Temporal at ${this.address} does not answer: check that it runs`, {
      cause,
    });
  }
}
