import type { Verb } from '../../../domain/approval';
import type { Gate } from '../../../domain/plan';
import { lineId, promotionId, rolloutId, type PromotionStatus } from '../../../workflows/contract';
import type { Engine } from '../sdk/engine';
import type { Random } from '../sdk/random';
import { MODEL } from './freights';
import type { Laws } from './laws';
import { sign, signAsItIs, START_MS, type Person, type Said } from './people';
import type { Witness } from './witness';

const EXPIRY_S = 3 * 24 * 3_600;

/** The people at their consoles: they sign, the engine checks, the witness writes down what was accepted. */
export class Operators {
  private jtis = 0;
  private counted: string | undefined; // an approval that was: nobody may take it again

  constructor(
    private readonly engine: Engine,
    private readonly draw: Random,
    private readonly witness: Witness,
    private readonly laws: Laws,
  ) {}

  status(epoch: number): PromotionStatus | undefined {
    return this.engine.query(promotionId(MODEL, epoch), 'status') as PromotionStatus | undefined;
  }

  abort(epoch: number): void {
    this.witness.asked.push(epoch);
    const { abortAccepted } = this.witness;
    const accepted = () => void (abortAccepted.has(epoch) || abortAccepted.set(epoch, this.engine.scheduler.nowMs));
    this.tell(epoch, 'abort', {}, accepted).then(
      () => this.witness.abortAnswered.add(epoch),
      () => undefined,
    );
  }

  say(epoch: number, verb: Verb, more: Partial<Said> = {}): void {
    this.tell(epoch, verb, more).catch(() => undefined);
  }

  /** Leaves a region out; where it is stuck, accepts what is left. */
  skip(epoch: number, region: string): void {
    const accepted = () => {
      const journal = this.laws.journals.get(rolloutId(MODEL, epoch, region as never));
      if (journal) journal.accepted = true;
      const phase = this.status(epoch)?.regions.find((one) => one.region === region)?.phase ?? '';
      if (['flipping', 'baking', 'live'].includes(phase))
        this.laws.breaks('contract 3: who serves is not skipped', phase);
    };
    this.tell(epoch, 'skipRegion', { region, reason: 'not now' }, accepted).catch(() => undefined);
  }

  /** A skip as somebody might write it by hand, who signs without our tools. */
  skipForNoReason(epoch: number, region: string): void {
    const statement = signAsItIs('ben', { ...this.said(epoch, 'skipRegion'), region });
    const accepted = () => this.laws.breaks('contract 3: a skip needs a reason', region);
    this.update(epoch, 'skipRegion', statement, accepted).catch(() => undefined);
  }

  /** Settles a stuck region: a person accepts what is left, or has it tried once more. */
  settle(epoch: number, region: string, choice: 'retry' | 'accept'): void {
    const id = rolloutId(MODEL, epoch, region as never);
    const journal = this.laws.journals.get(id);
    if (journal && choice === 'accept') journal.accepted = true;
    if (this.engine.open(promotionId(MODEL, epoch))) {
      const verb = choice === 'accept' ? 'skipRegion' : 'retryRegion';
      this.say(epoch, verb, { region, reason: 'seen to' });
    } else {
      this.engine.signal(id, 'settle', [{ choice }]).catch(() => undefined); // by hand: its promotion was terminated
    }
  }

  approve(epoch: number, { id: gate }: Gate, actor: Person): void {
    const status = this.status(epoch);
    if (!status) return;
    const { planHash, digest } = status;
    const exp = this.expiry(this.draw.chance(0.1) ? 20 : EXPIRY_S);
    const said = { ...this.said(epoch, 'approve'), exp, planHash, digest, gate };
    const statement = sign(actor, said);
    const kept = () => {
      const key = `${epoch} ${gate}`;
      this.witness.yeses.set(key, [...(this.witness.yeses.get(key) ?? []), { actor, expMs: exp * 1_000 }]);
      if (actor === this.witness.starters.get(epoch)) this.laws.breaks('S6: a starter approves');
    };
    const counted = () => {
      kept();
      this.counted = statement;
    };
    this.update(epoch, 'approve', statement).then(counted, () => undefined);
  }

  reject(epoch: number, { id: gate }: Gate): void {
    const status = this.status(epoch);
    if (!status) return;
    const { planHash, digest } = status;
    const rejected = () => void this.witness.rejected.add(epoch);
    this.tell(epoch, 'reject', { gate, planHash, digest }, rejected).catch(() => undefined);
  }

  /** Statements that nobody may take: a stranger's key, an expired one, another plan's, one that was used before. */
  forge(epoch: number): void {
    const status = this.status(epoch);
    if (!status) return;
    const { planHash, digest, gates } = status;
    const gate = gates[0]?.gate.id ?? 'none';
    const sound = { ...this.said(epoch, 'approve'), planHash, digest, gate };
    const other = `sha256:${'0'.repeat(64)}`;
    const forgeries = [
      sign('ben', sound, 'mallory'),
      sign('ben', { ...sound, exp: this.expiry(-5) }),
      sign('ben', { ...sound, planHash: other }),
      sign('ben', { ...sound, digest: other }),
      sign('ben', { ...sound, promotion: promotionId(MODEL, epoch + 7) }),
      ...(this.counted === undefined ? [] : [this.counted]),
    ];
    const statement = this.draw.pick(forgeries);
    const accepted = () => this.laws.breaks('S6: a forged or replayed statement is accepted');
    this.update(epoch, 'approve', statement, accepted).catch(() => undefined);
    const abort = sign('ben', this.said(epoch, 'abort'), 'mallory');
    this.update(epoch, 'abort', abort, () => this.laws.breaks('S6: a forged abort is accepted')).catch(() => undefined);
  }

  /** Tells the line something. @param accepted runs when it takes it */
  line(verb: Verb, update: string, more: Partial<Said>, accepted: () => void): void {
    const statement = sign('ada', { ...this.said(0, verb), ...more, promotion: lineId(MODEL) });
    this.engine.update(lineId(MODEL), update, { statement }, undefined, accepted).catch(() => undefined);
  }

  /** A signed start. */
  start(digest: string, planHash: string): string {
    return sign('ada', { ...this.said(0, 'start'), promotion: lineId(MODEL), digest, planHash });
  }

  /** A signed way back; it names no plan. */
  rollBackTo(digest: string): string {
    return sign('ada', { ...this.said(0, 'rollback'), promotion: lineId(MODEL), digest });
  }

  private said(epoch: number, verb: Verb): Said {
    const jti = `statement-${++this.jtis}`;
    return { verb, promotion: promotionId(MODEL, epoch), jti, exp: this.expiry(EXPIRY_S) };
  }

  private expiry(inSeconds: number): number {
    return Math.ceil((START_MS + this.engine.scheduler.nowMs) / 1_000) + inSeconds;
  }

  private tell(epoch: number, verb: Verb, more: Partial<Said>, accepted?: () => void): Promise<unknown> {
    const actor = this.draw.pick(['ada', 'ben', 'cay'] as const);
    return this.update(epoch, verb, sign(actor, { ...this.said(epoch, verb), ...more }), accepted);
  }

  private update(epoch: number, name: string, statement: string, accepted?: () => unknown): Promise<unknown> {
    return this.engine.update(promotionId(MODEL, epoch), name, { statement }, undefined, accepted);
  }
}
