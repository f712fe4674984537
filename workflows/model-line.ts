import { allHandlersFinished, condition, continueAsNew, log, setHandler, workflowInfo } from '@temporalio/workflow';
import { regionsOf, type Plan, type PlannedPromotion } from '../domain/plan';
import { REGISTRY_STARTER } from '../domain/roster';
import { isoNow, nowMs } from './clock';
import * as contract from './contract';
import type { CurrentPromotion, Ended, ModelLineInput, Offer, OfferAnswer, PlanRequest } from './contract';
import { faultOf } from './failures';
import { LineBook } from './line-book';
import { LineCare } from './line-care';
import { LineLedger } from './line-ledger';
import { Newcomers } from './line-newcomers';
import { startPromotion } from './line-start';
import { InstalledRules } from './line-rules';
import { handleLineUpdates, verifiedStart } from './line-updates';
import { controlActivities } from './region-activities';
import { survey, type Survey } from './survey';

const LOOK_MS = 60_000; // the line looks after its promotion, and at freezes, once a minute (contract 2)

/** The lane of one model: takes offers, hands out epochs, starts promotions one at a time, for ever. */
export async function modelLine({ model, state, lookMs = LOOK_MS }: ModelLineInput): Promise<never> {
  const control = controlActivities();
  const book = new LineBook(state);
  const answers = new Map<Offer, OfferAnswer>();
  const rules = new InstalledRules(model, book);
  const asked = new Set<Offer>(); // whose answer somebody waits for
  let isStarting = false; // the promotion of `current` is not there yet
  let surveys = 0;
  let seenEpoch = 0; // the highest that a region has answered
  const ledger = new LineLedger(model, book);
  const newcomers = new Newcomers(book);
  const care = new LineCare(model, book, lookMs, noteTerminated);
  setHandler(contract.lineQuery, () => book.state);
  setHandler(contract.endedSignal, noteEnd);
  setHandler(contract.configuredSignal, () => void (rules.hasNews = true));
  handleLineUpdates(model, book, { offer: takeOffer, plan: planOf, released: (...what) => ledger.released(...what) });

  for (;;) {
    if (rules.hasNews || isWaiting()) await readRules();
    if (mayStart()) await startNext();
    if (workflowInfo().continueAsNewSuggested) await startAfresh();
    const awake = () => rules.hasNews || mayStart() || workflowInfo().continueAsNewSuggested;
    const { current, beside, queue } = book.state;
    const idle = current === null && beside.length === 0 && queue.length === 0;
    const inTime = idle ? await condition(awake).then(() => true) : await condition(awake, care.pauseMs);
    if (!inTime) await lookAround();
  }

  async function takeOffer(offer: Offer): Promise<OfferAnswer> {
    const folded = book.take(offer); // recorded before the first await
    if (folded?.kind === 'refused') await ledger.refused(offer.digest, folded.why);
    if (folded) return folded;
    const isMet = () => rules.now !== undefined && !isStarting && hindrance(offer) !== undefined;
    asked.add(offer);
    await condition(() => answers.has(offer) || isMet());
    asked.delete(offer);
    const answer = answers.get(offer);
    answers.delete(offer);
    const { current } = book.state;
    if (!answer && current) return newcomers.meet(offer, current, rules.now?.onNewDigest ?? 'queue');
    return answer ?? { kind: 'queued', behind: null, why: hindrance(offer) ?? 'its turn comes' };
  }

  /** What was under way when a hotfix came may wait for a person by now. */
  async function lookAround(): Promise<void> {
    await care.look();
    const { current, queue } = book.state;
    if (current && queue.length > 0 && rules.now?.onNewDigest === 'hotfix') await newcomers.letPass(current);
  }

  async function planOf({ digest }: PlanRequest): Promise<PlannedPromotion> {
    const resolved = await control.resolvePlanPromptly({
      model,
      digest: digest ?? null,
      fastTrack: false,
      without: await newcomers.leavesOut(rules.now?.onNewDigest ?? 'queue'),
    });
    const inventories = await askRegions(resolved.plan);
    const forecast = await control.forecastPlan({ plan: resolved.plan, inventories });
    return { plan: resolved.plan, planHash: resolved.planHash, forecast };
  }

  async function askRegions(plan: Plan): Promise<Survey['inventories']> {
    const { inventories, epoch } = await survey(model, plan, ++surveys);
    seenEpoch = Math.max(seenEpoch, epoch);
    return inventories;
  }

  function isWaiting(): boolean {
    return book.state.current === null && book.state.queue.length > 0;
  }
  /** Why an offer that waits is not about to be started. */
  function hindrance(offer: Offer): string | undefined {
    const { held, current } = book.state;
    if (current) return isSame(current.offer, offer) ? undefined : `${current.id} is under way`;
    if (held !== null) return `the line is held: ${held}`;
    const freeze = offer.source === 'rollback' ? undefined : book.frozenBy(rules.now?.freezes ?? []);
    return freeze && `frozen: ${freeze.reason}, until ${freeze.until}`;
  }
  /** Whose turn it is: the first that waits; in a freeze the first rollback, which no freeze stops (docs/adr/006). */
  function next(): Offer | undefined {
    return book.state.queue.find((offer) => hindrance(offer) === undefined);
  }
  function mayStart(): boolean {
    return next() !== undefined;
  }

  async function readRules(): Promise<void> {
    const fault = await rules.read();
    if (fault !== undefined && isWaiting()) await refuseAll(fault);
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
    await ledger.refused(offer.digest, why);
  }

  /** Resolves, checks, starts. @returns why it may not start, else undefined */
  async function prepare(offer: Offer): Promise<string | undefined> {
    const { roster } = book.state;
    if (!roster) return 'the line has no roster: see `meridian doctor`';
    const starter =
      offer.source === 'registry'
        ? undefined
        : verifiedStart(model, offer, roster, offer.checkedAtMs === undefined ? book.state.usedJtis : []);
    const fastTrack = offer.source === 'rollback' && book.wasLive(offer.digest, rules.now?.keepPrevious ?? 0);
    const without = book.unclean;
    const resolve = starter && asked.has(offer) ? control.resolvePlanPromptly : control.resolvePlan;
    const resolved = await resolve({ model, digest: offer.digest, fastTrack, without });
    const shown = starter?.planHash || offer.planHash; // a rollback need not name a plan (contract 7)
    if (shown && shown !== resolved.planHash) {
      return `PlanChanged: the plan is ${resolved.planHash} now, not ${shown}; look at it again, then sign it`;
    }
    const inventories = await askRegions(resolved.plan);
    const forecast = await control.forecastPlan({ plan: resolved.plan, inventories });
    const known = book.state.epoch || Math.max(await control.highestEpoch({ model }), seenEpoch);
    if (next() !== offer) return undefined; // settled, held or frozen meanwhile
    const planned = { plan: resolved.plan, planHash: resolved.planHash, forecast };
    const who = { starter: starter?.actor ?? REGISTRY_STARTER, starterKey: starter?.keyId ?? null };
    const isOurs = await start(
      { model, epoch: known + 1, planned, repository: resolved.repository, roster, ...who },
      offer,
    );
    if (isOurs && starter && offer.checkedAtMs === undefined) book.use(starter);
    return undefined;
  }

  /** Epoch + 1, `current` and the start of the promotion happen in one workflow task. @returns false where that epoch is another line's */
  async function start(input: contract.PromotionInput, offer: Offer): Promise<boolean> {
    const { epoch, planned } = input;
    const id = contract.promotionId(model, epoch);
    const { plan, planHash } = planned;
    const checked = { checkedAtMs: nowMs(), ...offer }; // a stale epoch starts it again
    const what = { version: plan.freight.version, planHash, starter: input.starter, regions: regionsOf(plan) };
    const current = { id, epoch, offer: checked, startedAt: isoNow(), ...what };
    book.begin(current);
    isStarting = true;
    const isOurs = await startPromotion(id, input).finally(() => (isStarting = false));
    if (!isOurs) {
      book.unbegin(current, offer);
      return false;
    }
    answers.set(offer, { kind: 'started', promotion: id, epoch, planHash }); // it is there: whoever asks next finds it
    await ledger.started(offer.digest, id);
    return true;
  }

  async function noteEnd(ended: Ended): Promise<void> {
    await condition(() => !isStarting); // until then `current` may be another line's promotion
    const promoted = book.end(ended);
    if (promoted) await ledger.ended(promoted, ended);
  }

  async function noteTerminated(promoted: CurrentPromotion, ended: Ended): Promise<void> {
    await ledger.terminated(promoted, ended);
    await noteEnd(ended);
    await ledger.tellTerminated(promoted, ended);
  }

  /** Returns where an offer still waits for its turn, which has to come first: the handler that answers it keeps this run open. */
  async function startAfresh(): Promise<void> {
    await condition(() => allHandlersFinished() || mayStart());
    if (!allHandlersFinished()) return;
    await continueAsNew<typeof modelLine>({ model, state: book.state, lookMs });
  }
}

function isSame(a: Offer, b: Offer): boolean {
  return a.id === b.id && a.digest === b.digest;
}
