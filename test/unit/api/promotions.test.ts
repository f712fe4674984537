import { ApiError } from '../../../api/errors';
import { Failure } from '../../../domain/failures';
import type { OfferAnswer, PromotionStatus, RolloutStatus } from '../../../workflows/contract';
import { EU, FRAUD, makeApi, statementOf, US, V1, V2 } from './fakes';

const statement = statementOf({ verb: 'start', digest: V2, planHash: V1 });
const start = { method: 'POST', url: '/v1/promotions', payload: { model: FRAUD, statement } } as const;

describe('POST /v1/promotions', () => {
  it('offers the digest that the statement names to the line of the model', async () => {
    const { app, engine } = makeApi();
    const answer = await app.inject({ ...start, payload: { ...start.payload, planHash: V1 } });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({ kind: 'started', promotion: 'promotion/fraud/1' });
    const id = expect.stringMatching(/^statement-[0-9a-f]{32}$/) as string;
    const offer = { digest: V2, planHash: V1, statement, source: 'operator', id };
    expect(engine.offers).toEqual([{ model: FRAUD, offer }]);
  });

  it('gives the same request the same offer id, and a rollback its source', async () => {
    const { app, engine } = makeApi();
    const rollback = { model: FRAUD, digest: V1, statement: statementOf({ verb: 'rollback', digest: '' }) };
    for (const payload of [start.payload, start.payload, rollback]) await app.inject({ ...start, payload });
    const [first, again, back] = engine.offers.map(({ offer }) => offer);
    expect(first?.id).toBe(again?.id);
    expect(back).toMatchObject({ source: 'rollback', digest: V1 });
  });

  it.each<[OfferAnswer, number]>([
    [{ kind: 'queued', behind: 'promotion/fraud/1', why: 'one at a time' }, 202],
    [{ kind: 'folded', into: 'live', promotion: null }, 200],
  ])('answers %j with %d', async (answer, status) => {
    const { app, engine } = makeApi();
    engine.answer = answer;
    const reply = await app.inject(start);
    expect([reply.statusCode, reply.json()]).toEqual([status, answer]);
  });

  it.each<[OfferAnswer, string]>([
    [{ kind: 'denied', why: 'rolled back in promotion 3: breach in ap-south' }, 'Denied'],
    [{ kind: 'refused', why: 'PlanChanged: you were shown sha256:1, it is sha256:2 now' }, 'Refused'],
  ])('hands on the reason of %j word for word', async (answer, code) => {
    const { app, engine } = makeApi();
    engine.answer = answer;
    const reply = await app.inject(start);
    expect(reply.statusCode).toBe(409);
    expect(reply.json()).toMatchObject({ error: { code, message: 'why' in answer && answer.why } });
  });

  it.each([
    ['no digest anywhere', { model: FRAUD, statement: 'no.jws' }, 400, /names a digest/],
    [
      'a model that is not installed',
      { model: 'other', statement, digest: V1 },
      404,
      /not installed; these are: fraud/,
    ],
    ['several mistakes at once', { model: 'No!', extra: 1 }, 400, /model: not a name.*statement.*extra/],
    ['a digest of another kind', { model: FRAUD, statement, digest: 'latest' }, 400, /not sha256/],
  ])('refuses %s and starts nothing', async (_what, payload, status, message) => {
    const { app, engine } = makeApi();
    const reply = await app.inject({ ...start, payload });
    expect(reply.statusCode).toBe(status);
    expect(reply.json<{ error: { message: string } }>().error.message).toMatch(message);
    expect(engine.offers).toEqual([]);
  });
});

describe('steering', () => {
  it.each(['approve', 'reject', 'pause', 'resume', 'abort', 'extendBake', 'retryRegion', 'skipRegion'])(
    'hands %s to the promotion as signed',
    async (verb) => {
      const { app, engine } = makeApi();
      const reply = await app.inject({ method: 'POST', url: `/v1/promotions/fraud/7/${verb}`, payload: { statement } });
      expect([reply.statusCode, reply.json()]).toEqual([200, { answer: `${verb} done` }]);
      expect(engine.updates).toEqual([{ to: 'promotion/fraud/7', verb, statement }]);
    },
  );

  it.each(['release', 'freeze', 'thaw', 'hold', 'resume'])('hands %s to the line as signed', async (verb) => {
    const { app, engine } = makeApi();
    await app.inject({ method: 'POST', url: `/v1/lines/fraud/${verb}`, payload: { statement } });
    expect(engine.updates).toEqual([{ to: 'line/fraud', verb, statement }]);
  });

  it.each([
    [new ApiError(403, 'Forbidden', 'mallory is not in the roster (version 3)'), 403, 'Forbidden'],
    [new ApiError(409, 'Refused', 'committed; use `meridian rollback`'), 409, 'Refused'],
    [
      new Failure('EngineUnavailable', 'Temporal at 127.0.0.1:7233 does not answer; check ...'),
      503,
      'EngineUnavailable',
    ],
  ])('answers %s with %d and its own words', async (failure, status, code) => {
    const { app, engine } = makeApi();
    engine.failure = failure;
    const reply = await app.inject({ method: 'POST', url: '/v1/promotions/fraud/7/abort', payload: { statement } });
    expect([reply.statusCode, reply.json()]).toEqual([status, { error: { code, message: failure.message } }]);
  });

  it('keeps what nobody foresaw to itself', async () => {
    const { app, engine } = makeApi();
    engine.failure = new Error('password=hunter2');
    const reply = await app.inject({ method: 'POST', url: '/v1/promotions/fraud/7/abort', payload: { statement } });
    expect(reply.statusCode).toBe(500);
    expect(reply.body).not.toContain('hunter2');
  });
});

describe('GET /v1/promotions/:model/:epoch', () => {
  const regions = [EU, US].map((region) => ({ region, phase: 'canary' }));
  const promotion = { id: 'promotion/fraud/7', regions: [...regions, { region: 'ap', phase: 'pending' }] };

  it('shows rollouts and live evidence, and names the region that cannot be asked without hiding the others', async () => {
    const { app, engine } = makeApi();
    engine.promotion = promotion as unknown as PromotionStatus;
    engine.rollouts = { [EU]: { region: EU, phase: 'canary' } as RolloutStatus };
    const watch = { activity: 'watch', state: 'running', attempt: 1, lastHeartbeatAtMs: 5, lastFailure: null } as const;
    engine.activities = { [EU]: [{ ...watch, progress: { looks: 12 } }] };
    const view = (await app.inject('/v1/promotions/fraud/7')).json<Record<string, object>>();
    expect(view).toMatchObject({
      status: { id: 'promotion/fraud/7' },
      rollouts: { [EU]: { phase: 'canary' } },
      live: { [EU]: [{ progress: { looks: 12 } }] },
      problems: { [US]: 'nobody answers for us-east' },
    });
    expect(Object.keys({ ...view.rollouts, ...view.problems })).not.toContain('ap');
  });

  it('shows the upload into the hub, and why it is tried again', async () => {
    const { app, engine } = makeApi();
    engine.promotion = { ...promotion, phase: 'uploading', regions: [] } as unknown as PromotionStatus;
    const lastFailure = 'registry http://127.0.0.1:5000 does not answer';
    const pending = { state: 'waiting', attempt: 4, lastHeartbeatAtMs: 5, lastFailure, progress: null } as const;
    engine.activities = {
      hub: [
        { ...pending, activity: 'upload' },
        { ...pending, activity: 'recordEvent' },
      ],
    };
    const view = (await app.inject('/v1/promotions/fraud/7')).json<Record<string, object>>();
    expect(view.hub).toEqual([{ ...pending, activity: 'upload' }]);
    engine.promotion = promotion as unknown as PromotionStatus;
    const later = (await app.inject('/v1/promotions/fraud/7')).json<Record<string, object>>();
    expect(later.hub).toEqual([]);
  });

  it('tells how it ended from the manifest when its history is gone', async () => {
    const { app, manifest } = makeApi();
    const record = {
      ...{
        id: 'promotion/fraud/2',
        model: FRAUD,
        epoch: 2,
        digest: V2,
        version: 'v2',
        planHash: V1,
        starter: 'registry',
      },
      ...{ startedAt: '2026-01-01T00:00:00.000Z', endedAt: null, outcome: null, reason: null, timeToSafeMs: null },
    };
    await manifest.recordPromotion(record);
    expect((await app.inject('/v1/promotions/fraud/2')).json()).toMatchObject({ status: null, record });
    const reply = await app.inject('/v1/promotions/fraud/3');
    expect([reply.statusCode, reply.json()]).toMatchObject([
      404,
      { error: { message: 'there is no promotion/fraud/3' } },
    ]);
  });
});

it('answers a plan for a digest that the registry lacks with 404 and its words', async () => {
  const reply = await makeApi().app.inject({ method: 'POST', url: '/v1/plans', payload: { model: FRAUD, digest: V1 } });
  expect([reply.statusCode, reply.json()]).toMatchObject([404, { error: { code: 'FreightNotFound' } }]);
});
