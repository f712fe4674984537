import type { Client, Connection } from '@temporalio/client';
import { TemporalEngine } from '../../../api/temporal-engine';
import type { ModelName } from '../../../domain/ids';

const PROMOTION = { model: 'fraud' as ModelName, epoch: 3 };
const FAILED_PRECONDITION = 9;
const UNAVAILABLE = 14;

/** As the client throws what a server answers. */
function answered(code: number): Error {
  const service = Object.assign(new Error('of the server'), { code, details: 'of the server', metadata: {} });
  return new Error('an update failed', { cause: service });
}

/** An engine over a Temporal that answers an update with these errors, then takes it; and the ids under which it was sent. */
function engineOver(errors: readonly Error[]) {
  const ids: string[] = [];
  const executeUpdate = async (_update: unknown, { updateId }: { readonly updateId: string }) => {
    const error = errors[ids.length];
    ids.push(updateId);
    if (error) throw error;
    return 'aborted';
  };
  const client = { workflow: { getHandle: () => ({ executeUpdate }) } } as unknown as Client;
  const withDeadline = (_atMs: number, call: () => Promise<unknown>) => call();
  const connection = { withDeadline, workflowService: { getSystemInfo: async () => ({}) } } as unknown as Connection;
  return { engine: new TemporalEngine(client, connection, 'there:7233'), ids };
}

describe('the api over Temporal', () => {
  it('sends an update again, under the same id, when a workflow task failed and gave it back', async () => {
    const { engine, ids } = engineOver([answered(FAILED_PRECONDITION)]);
    await expect(engine.updatePromotion(PROMOTION, 'abort', 'signed')).resolves.toBe('aborted');
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it.each([
    { when: 'it is given back twice', errors: [answered(FAILED_PRECONDITION), answered(FAILED_PRECONDITION)], sent: 2 },
    { when: 'the server fails otherwise', errors: [answered(UNAVAILABLE)], sent: 1 },
  ])('says that nothing has been answered when $when', async ({ errors, sent }) => {
    const { engine, ids } = engineOver(errors);
    await expect(engine.updatePromotion(PROMOTION, 'abort', 'signed')).rejects.toMatchObject({ code: 'StillRunning' });
    expect(ids).toHaveLength(sent);
  });
});
