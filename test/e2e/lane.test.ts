import { Client, Connection, type WorkflowClient } from '@temporalio/client';
import { fencePointer } from '../../distribution/pointer';
import { parseDigest, parseModelName, parseRegionId } from '../../domain/ids';
import type { PromotionView } from '../../stack/demo/client';
import { Stage } from '../support/stack';
import { pushVersion } from '../support/stack-freight';
import { signedBy } from '../support/stack-people';
import { getJson, postJson, Promoted, until } from '../support/stack-promotion';
import { hookSecretOf, hubAs, inferenceOf, manifestOf, routerOf, storeOf } from '../support/stack-region';
import { everywhere, given, offered, planOf, servedIn, when } from '../support/stack-steps';
import type { LineState } from '../../workflows/contract';

const [EU, US] = ['eu-north', 'us-east'];
const FRAUD = parseModelName('fraud');

interface Entry {
  readonly epoch: number;
  readonly digest: string;
  readonly starter: string;
}

describe('the engine', () => {
  let stage: Stage;
  let first: Promoted;
  beforeAll(async () => {
    stage = await Stage.open();
    first = await given(stage).liveEverywhere();
  }, 240_000);
  afterAll(() => stage?.close(), 60_000);

  const promotions = async () =>
    (await getJson<{ promotions: readonly Entry[] }>(stage, '/v1/promotions?model=fraud')).promotions;
  const line = () => getJson<LineState>(stage, '/v1/lines/fraud');

  it("refuses one region's credentials at another region's store, gateway and runtime", async () => {
    const denied = { type: 'AccessDenied' };
    await expect(routerOf(stage, EU, US).read(FRAUD)).rejects.toMatchObject(denied);
    await expect(storeOf(stage, EU, US).get('pointers/fraud.json')).rejects.toMatchObject(denied);
    await expect(inferenceOf(stage, EU, US).load('fraud--0123456789ab')).rejects.toMatchObject(denied);

    await expect(routerOf(stage, EU).read(FRAUD)).resolves.toMatchObject({ route: { stable: first.digest } });
    await expect(storeOf(stage, EU).get('pointers/fraud.json')).resolves.toBeDefined();
  });

  it('lets a region read the hub store and change nothing there', async () => {
    const hub = hubAs(stage, EU);
    const key = `freights/${first.digest}/manifest.json`;
    const before = await hub.get(key);
    expect(before).toBeDefined();
    const denied = { type: 'AccessDenied' };
    await expect(hub.put('freights/mine.json', Buffer.from('{}'))).rejects.toMatchObject(denied);
    await expect(hub.put(key, Buffer.from('{}'))).rejects.toMatchObject(denied);
    await expect(hub.delete(key)).rejects.toMatchObject(denied);
    await expect(hub.get(key)).resolves.toEqual(before);
  });

  it('makes one promotion of a digest that is offered a hundred times at once', async () => {
    const digest = await pushVersion(stage, 'hundredfold');
    const planHash = await planOf(stage, digest);
    const offers = await Promise.all(Array.from({ length: 100 }, () => offered(stage, digest, planHash)));
    const kinds = offers.map(({ status, body }) => body.kind ?? `${status} ${JSON.stringify(body)}`);
    expect([...kinds].sort()).toEqual([...Array.from({ length: 99 }, () => 'folded'), 'started']);
    expect((await (await promotionOf(digest)).ended()).status).toMatchObject({ outcome: 'live' });
    expect((await promotions()).filter((one) => one.digest === digest)).toHaveLength(1);
  }, 240_000);

  it('gives two promotions of one model one lane: the second starts when the first has ended', async () => {
    const digest = await pushVersion(stage, 'second');
    const planHash = await planOf(stage, digest);
    const one = await when(stage).promoted();
    const answer = await offered(stage, digest, planHash);
    expect(answer).toMatchObject({ status: 202, body: { kind: 'queued', behind: one.id } });
    const before = await one.ended();
    const after = await (await promotionOf(digest)).ended();
    const timesOf = ({ rollouts }: PromotionView) =>
      Object.values(rollouts).flatMap(({ phases }) => phases.map(({ atMs }) => atMs));
    expect(Math.max(...timesOf(before))).toBeLessThanOrEqual(Math.min(...timesOf(after)));
    expect([before.status?.outcome, after.status?.outcome]).toEqual(['live', 'live']);
    expect(await servedIn(stage)).toEqual(everywhere(digest));
  }, 240_000);

  it('refuses an older epoch at the gateway, at the pointer and in the manifest', async () => {
    const [newest] = await promotions();
    const old = { epoch: first.epoch, seq: 9_999, attempt: 1 };
    const before = await routerOf(stage, EU).read(FRAUD);
    const { generation } = before.route;
    const fence = { token: old, rollout: 'rollout/fraud/old/eu-north' };
    const write = { ...fence, generation, cause: 'flip', traffic: { stable: parseDigest(first.digest) } } as const;
    const stale = { kind: 'stale-epoch', seen: newest?.epoch };
    await expect(routerOf(stage, EU).fence(FRAUD, fence)).resolves.toEqual(stale);
    await expect(routerOf(stage, EU).write(FRAUD, write)).resolves.toEqual(stale);
    const failure = { type: 'StaleEpoch', details: { seen: newest?.epoch } };
    await expect(fencePointer(storeOf(stage, EU), FRAUD, old, Date.now())).rejects.toMatchObject(failure);
    const manifest = manifestOf(stage);
    await expect(manifest.fence(FRAUD, parseRegionId(EU), old)).rejects.toMatchObject(failure);
    await manifest.close();
    expect((await routerOf(stage, EU).read(FRAUD)).route).toEqual(before.route);
  });

  it('promotes what the registry holds, whatever the body of a hook says', async () => {
    const secret = hookSecretOf(stage);
    const lie = (target: object) => ({ events: [{ id: 'lie', action: 'push', target }] });
    const live = { repository: 'models/fraud', tag: 'live', digest: `sha256:${'0'.repeat(64)}` };
    const known = (await promotions()).map(({ digest }) => digest);
    const hook = (body: object, authorization = `Bearer ${secret}`) =>
      postJson(stage, '/v1/hooks/registry', body, { authorization });
    expect(await hook(lie(live), 'Bearer guessed')).toMatchObject({ status: 401 });
    expect(await hook(lie({ ...live, repository: 'models/other' }))).toMatchObject({
      status: 202,
      body: { follows: [] },
    });
    expect(await hook(lie(live))).toMatchObject({ status: 202, body: { follows: [{ model: 'fraud', tag: 'live' }] } });
    const digest = await pushVersion(stage, 'live'); // the tag exists only from now on; the registry itself tells of it
    const promotion = await promotionOf(digest);
    expect(await hook(lie({ ...live, digest: first.digest }))).toMatchObject({ status: 202 });
    await promotion.reached(EU, 'canary');
    await when(stage).aborted(promotion);
    const { status } = await promotion.ended();
    expect(status).toMatchObject({ starter: 'registry', outcome: 'rolled-back', reason: { kind: 'aborted' } });
    const come = (await promotions()).filter((one) => !known.includes(one.digest));
    expect(come.map((one) => one.digest)).toEqual([digest]);
    expect((await line()).queue).toEqual([]);
  }, 240_000);

  it('refuses forged, stale and replayed statements and leaves no trace of them in history', async () => {
    stage.setPolicy({ gates: [{ id: 'board', before: 'canary', wave: 1 }] });
    const promotion = await when(stage).promoted();
    for (const region of [EU, US, 'ap-south']) await promotion.reached(region, 'awaiting');
    const { status } = await promotion.view();
    const bound = { promotion: promotion.id, digest: promotion.digest, planHash: status?.planHash ?? '' };
    const approve = { verb: 'approve', gate: 'board', ...bound } as const;
    const ask = (verb: string, statement: string) =>
      postJson(stage, `/v1/promotions/fraud/${promotion.epoch}/${verb}`, { statement });
    const pause = signedBy(stage, 'ada', { verb: 'pause', promotion: promotion.id });
    const resume = signedBy(stage, 'ada', { verb: 'resume', promotion: promotion.id });
    expect(await ask('pause', pause)).toMatchObject({ status: 200 });
    expect(await ask('resume', resume)).toMatchObject({ status: 200 });

    const connection = await Connection.connect({ address: stage.stack.addresses.temporal });
    const { workflow } = new Client({ connection });
    const written = () => Promise.all([promotion.id, 'line/fraud'].map((id) => happened(workflow, id)));
    const isQuiet = ([promoted]: Awaited<ReturnType<typeof written>>) =>
      promoted?.externalWorkflowExecutionSignaled === promoted?.signalExternalWorkflowExecutionInitiated;
    const before = await until('answers to its messages', written, isQuiet);
    const sound = signedBy(stage, 'grace', approve);
    const [header, , signature] = sound.split('.');
    const other = signedBy(stage, 'grace', { ...approve, gate: 'another' }).split('.')[1];
    const refused = [
      await ask('approve', [header, other, signature].join('.')), // its words exchanged
      await ask('approve', signedBy(stage, 'ada', approve)), // no approver
      await ask('approve', signedBy(stage, 'ada', { ...approve, actor: 'grace' })), // another's key
      await ask('approve', signedBy(stage, 'grace', { ...approve, exp: Math.floor(Date.now() / 1_000) - 1 })),
      await ask('approve', signedBy(stage, 'grace', { ...approve, promotion: first.id })),
      await ask('approve', signedBy(stage, 'grace', { ...approve, planHash: first.digest })),
      await postJson(stage, '/v1/lines/fraud/hold', {
        statement: signedBy(stage, 'linus', { verb: 'hold', reason: 'x' }),
      }),
    ];
    expect(refused.map(({ status: code }) => code)).toEqual(refused.map(() => 403));
    // Sent again as it was, a statement gets its first answer and does nothing more; under another name it is refused.
    expect(await ask('pause', pause)).toMatchObject({ status: 200 });
    const replayed = workflow.getHandle(promotion.id).executeUpdate('pause', { args: [{ statement: pause }] });
    await expect(replayed).rejects.toMatchObject({
      cause: { message: expect.stringMatching('used before') as string },
    });
    expect((await promotion.view()).status).toMatchObject({ paused: false });
    expect(await written()).toEqual(before);
    await connection.close();

    expect(await ask('approve', sound)).toMatchObject({ status: 200 });
    await promotion.reached(EU, 'canary');
    await when(stage).aborted(promotion);
    expect((await promotion.ended()).status).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'aborted' } });
  }, 240_000);

  /** The promotion of a digest, once there is one. */
  async function promotionOf(digest: string): Promise<Promoted> {
    const entry = await until('its promotion', promotions, (all) => all.some((one) => one.digest === digest));
    const { epoch = 0 } = entry.find((one) => one.digest === digest) ?? {};
    return new Promoted(stage, epoch, digest, null);
  }
});

/** How often what is in a history, but for the workflow's own turns: under load Temporal writes one down though nothing came of it. */
async function happened(workflow: WorkflowClient, id: string): Promise<Readonly<Record<string, number>>> {
  const { events = [] } = await workflow.getHandle(id).fetchHistory();
  const counts: Record<string, number> = {};
  for (const event of events ?? []) {
    const [kind = ''] = Object.keys(event).filter((name) => name.endsWith('Attributes'));
    const name = kind.replace('EventAttributes', '');
    if (!kind.startsWith('workflowTask')) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
