import {
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  allHandlersFinished,
  continueAsNew,
  setHandler,
} from '@temporalio/workflow';
import { condition, getExternalWorkflowHandle, log, sleep, startChild, workflowInfo } from '@temporalio/workflow';
import type { LineRules, Resolved } from '../activities/plan';
import type { Digest } from '../domain/ids';
import { regionsOf, type PlannedPromotion } from '../domain/plan';
import { REGISTRY_STARTER } from '../domain/roster';
import * as contract from './contract';
import type { CurrentPromotion, Ended, ModelLineInput, Offer, OfferAnswer, PlanRequest } from './contract';
import { faultOf } from './failures';
import { LineBook } from './line-book';
import { LineCare } from './line-care';
import { handleLineUpdates, verifiedStart } from './line-updates';
import { promotion } from './promotion';
import { controlActivities } from './region-activities';
import { survey } from './survey';

const LOOK_MS = 60_000; // the line looks after its promotion, and at freezes, once a minute (contract 2)

/** The lane of one model: takes offers, hands out epochs, starts promotions one at a time, for ever. */
export async function modelLine({ model, state, lookMs = LOOK_MS }: ModelLineInput): Promise<never> {
  const control = controlActivities();
  const book = new LineBook(state);
  const answers = new Map<Offer, OfferAnswer>();
  let rules: LineRules | undefined;
  let surveys = 0;
  const care = new LineCare(model, book, lookMs, noteEnd);
  setHandler(contract.lineQuery, () => book.state);
  setHandler(contract.endedSignal, noteEnd);
  handleLineUpdates(model, book, { offer: takeOffer, plan: planOf, released: noteRelease });

  for (;;) {
    if (!rules || isWaiting()) await readRules();
    if (mayStart()) await startNext();
    if (workflowInfo().continueAsNewSuggested) await startAfresh();
    const awake = () => mayStart() || workflowInfo().continueAsNewSuggested;
    const { current, beside, queue } = book.state;
    const idle = current === null && beside.length === 0 && queue.length === 0;
    const inTime = idle ? await condition(awake).then(() => true) : await condition(awake, care.pauseMs);
    if (!inTime) await care.look();
  }

  async function takeOffer(offer: Offer): Promise<OfferAnswer> {
    const folded = book.take(offer); // recorded before the first await
    if (folded) return folded;
    const { current } = book.state;
    if (current) return besideCurrent(offer, current);
    await condition(() => answers.has(offer) || hindrance(offer) !== undefined);
    const behind = book.state.current?.id ?? null;
    const answer = answers.get(offer) ?? { kind: 'queued', behind, why: hindrance(offer) ?? 'its turn comes' };
    answers.delete(offer);
    return answer;
  }

  /** What the model's policy makes of a digest that arrives while another is under way. */
  async function besideCurrent(offer: Offer, current: CurrentPromotion): Promise<OfferAnswer> {
    switch (rules?.onNewDigest ?? 'queue') {
      case 'reject':
        book.drop(offer);
        return { kind: 'refused', why: `${current.id} is under way, and this model rejects what comes meanwhile` };
      case 'hotfix': {
        const standing = await control.standingOf({ promotion: current.id });
        if (standing?.waitsForPerson) book.setAside(current, standing.unclean);
        else await getExternalWorkflowHandle(current.id).cancel();
        return { kind: 'queued', behind: null, why: `a hotfix passes ${current.id}` };
      }
      case 'supersede':
        await getExternalWorkflowHandle(current.id).cancel();
        return { kind: 'queued', behind: current.id, why: `${current.id} is being aborted to make way` };
      case 'queue':
        return { kind: 'queued', behind: current.id, why: `${current.id} is under way` };
    }
  }

  async function planOf({ digest }: PlanRequest): Promise<PlannedPromotion> {
    const resolved = await control.resolvePlan({
      model,
      digest: digest ?? null,
      fastTrack: false,
      without: book.unclean,
    });
    const { inventories } = await survey(model, resolved.plan, ++surveys);
    const forecast = await control.forecastPlan({ plan: resolved.plan, inventories });
    return { plan: resolved.plan, planHash: resolved.planHash, forecast };
  }

  function isWaiting(): boolean {
    return book.state.current === null && book.state.queue.length > 0;
  }
  function isFrozen(): boolean {
    return book.frozenBy(rules?.freezes ?? []) !== undefined;
  }
  function frozenText(): string {
    const freeze = book.frozenBy(rules?.freezes ?? []);
    return freeze ? `${freeze.reason}, until ${freeze.until}` : '';
  }
  /** Why an offer that waits is not about to be started. */
  function hindrance(offer: Offer): string | undefined {
    const { held, current } = book.state;
    if (current) return current.offer === offer ? undefined : `${current.id} is under way`;
    if (held !== null) return `the line is held: ${held}`;
    return offer.source !== 'rollback' && isFrozen() ? `frozen: ${frozenText()}` : undefined;
  }
  /** Whose turn it is: the first that waits; in a freeze the first rollback, which no freeze stops (docs/adr/006). */
  function next(): Offer | undefined {
    return book.state.queue.find((offer) => hindrance(offer) === undefined);
  }
  function mayStart(): boolean {
    return next() !== undefined;
  }

  async function readRules(): Promise<void> {
    try {
      const read = await control.loadRules({ model });
      if (book.takeRoster(read.roster)) rules = read;
      else log.error('a roster of a lower version is refused', { version: read.roster.version });
    } catch (err) {
      await refuseAll(faultOf(err).text);
      rules = {
        onNewDigest: 'queue',
        freezes: [],
        keepPrevious: 2,
        roster: book.state.roster ?? { version: 0, actors: [] },
      };
    }
  }

  /** The model has no sound file or roster: whoever waits is told why. */
  async function refuseAll(why: string): Promise<void> {
    for (const offer of book.state.queue) await refuse(offer, why);
  }

  async function startNext(): Promise<void> {
    const offer = next();
    if (!offer) return;
    const refusal = await prepare(offer).catch((err: unknown) => faultOf(err).text);
    if (refusal !== undefined) await refuse(offer, refusal);
  }

  async function refuse(offer: Offer, why: string): Promise<void> {
    book.drop(offer);
    answers.set(offer, { kind: 'refused', why });
    await control.recordDigest({ model, digest: offer.digest, state: 'refused', text: why });
  }

  /** Resolves, checks, starts. @returns why it may not start, else undefined */
  async function prepare(offer: Offer): Promise<string | undefined> {
    const { roster } = book.state;
    if (!roster) return 'the line has no roster: see `meridian doctor`';
    const starter =
      offer.source === 'registry'
        ? undefined
        : verifiedStart(model, offer, roster, offer.checked ? [] : book.state.usedJtis);
    const fastTrack = offer.source === 'rollback' && book.wasLive(offer.digest, rules?.keepPrevious ?? 0);
    const without = book.unclean;
    const resolved = await control.resolvePlan({ model, digest: offer.digest, fastTrack, without });
    const shown = starter?.planHash || offer.planHash; // a rollback need not name a plan (contract 7)
    if (shown && shown !== resolved.planHash) {
      return `PlanChanged: the plan is ${resolved.planHash} now, not ${shown}; look at it again, then sign it`;
    }
    const { inventories, epoch: seen } = await survey(model, resolved.plan, ++surveys);
    const forecast = await control.forecastPlan({ plan: resolved.plan, inventories });
    const known = book.state.epoch || Math.max(seen, await control.highestEpoch({ model }));
    if (next() !== offer) return undefined; // settled, held or frozen meanwhile
    if (starter && !offer.checked) book.use(starter);
    const planned = { plan: resolved.plan, planHash: resolved.planHash, forecast };
    const who = { starter: starter?.actor ?? REGISTRY_STARTER, starterKey: starter?.keyId ?? null };
    await start({ model, epoch: known + 1, planned, repository: resolved.repository, roster, ...who }, offer);
    return undefined;
  }

  /** Epoch + 1, `current` and the start of the promotion happen in one workflow task. */
  async function start(input: contract.PromotionInput, offer: Offer): Promise<void> {
    const { epoch, planned } = input;
    const id = contract.promotionId(model, epoch);
    book.begin({ id, epoch, offer, version: planned.plan.freight.version, regions: regionsOf(planned.plan) });
    await startChild(promotion, {
      workflowId: id,
      args: [input],
      taskQueue: contract.CONTROL_QUEUE,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    });
    answers.set(offer, { kind: 'started', promotion: id, epoch, planHash: planned.planHash }); // it is there: whoever asks next finds it
    await control.recordDigest({ model, digest: offer.digest, state: 'in-flight', text: id });
  }

  /** For queries only; the answer to a release does not wait for the manifest. */
  function noteRelease(digest: Digest, text: string): void {
    const noted = control.recordDigest({ model, digest, state: 'released', text });
    noted.catch((err: unknown) => log.warn('a release is not in the manifest', { digest, err }));
  }

  async function noteEnd(ended: Ended): Promise<void> {
    const promoted = book.end(ended);
    if (!promoted) return;
    const { digest } = promoted.offer;
    const denial = book.state.denied[digest];
    const state = book.state.live === digest ? 'live' : denial ? 'denied' : 'queued';
    const text = denial ? `${denial.reason.kind}: ${denial.reason.text}` : `${promoted.id} ended ${ended.outcome}`;
    await control.recordDigest({ model, digest, state, text });
  }

  /** Returns where an offer still waits for its turn, which has to come first: the handler that answers it keeps this run open. */
  async function startAfresh(): Promise<void> {
    await condition(() => allHandlersFinished() || mayStart());
    if (!allHandlersFinished()) return;
    await continueAsNew<typeof modelLine>({ model, state: book.state, lookMs });
  }
}
