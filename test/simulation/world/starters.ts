import type { Digest } from '../../../domain/ids';
import type { PlannedPromotion } from '../../../domain/plan';
import { lineId, type Offer, type OfferAnswer } from '../../../workflows/contract';
import type { World } from '../world';
import { MODEL } from './freights';

const OTHER_PLAN = `sha256:${'1'.repeat(64)}`;

const READING_MS = 1_000; // a person looks at the plan

/** People who start promotions: they look at the plan and sign its hash; now and then somebody signs another one. */
export class Starters {
  private readonly signed = new Map<string, Set<string>>(); // plan hashes by digest

  constructor(private readonly world: World) {}

  /** The line's answer, or why there is none. */
  async start(digest: Digest, id: string): Promise<unknown> {
    const { engine, operators, draw, scheduler } = this.world;
    const isRight = draw.chance(0.8);
    const planned = await engine.update(lineId(MODEL), 'plan', { digest }).catch((err: unknown) => err);
    if (planned instanceof Error) return planned;
    const { planHash } = planned as PlannedPromotion;
    const hash = isRight ? planHash : OTHER_PLAN;
    await new Promise<void>((resolve) => scheduler.in(READING_MS, resolve));
    this.signed.set(digest, (this.signed.get(digest) ?? new Set()).add(hash));
    const offer: Offer = { digest, id, source: 'operator', statement: operators.start(digest, hash) };
    const answer = await this.world.crowd.send(offer).catch((err: unknown) => err);
    if (!isRight && (answer as OfferAnswer).kind === 'started') this.breaks(id);
    return answer;
  }

  /** A promotion by a person begins: its plan is one that was signed. */
  begins(starter: string, { plan, planHash }: PlannedPromotion): void {
    if (starter === 'registry' || this.signed.get(plan.freight.digest)?.has(planHash)) return;
    this.breaks(`${starter} ${planHash}`);
  }

  private breaks(how: string): void {
    this.world.laws.breaks('contract 7: a plan that was not signed is started', how);
  }
}
