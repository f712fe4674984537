import { getExternalWorkflowHandle, log } from '@temporalio/workflow';
import type { RegionId } from '../domain/ids';
import type { NewDigestPolicy } from '../domain/model-policy';
import type { CurrentPromotion, Offer, OfferAnswer } from './contract';
import type { LineBook } from './line-book';
import { controlActivities } from './region-activities';

/** What the model's policy makes of a digest that arrives while another is under way. */
export class Newcomers {
  private readonly control = controlActivities();

  constructor(private readonly book: LineBook) {}

  async meet(offer: Offer, current: CurrentPromotion, policy: NewDigestPolicy): Promise<OfferAnswer> {
    const isWayBack = offer.source === 'rollback'; // which is no new digest to reject
    switch (isWayBack && policy === 'reject' ? 'queue' : policy) {
      case 'reject':
        this.book.drop(offer);
        return { kind: 'refused', why: `${current.id} is under way, and this model rejects what comes meanwhile` };
      case 'hotfix':
        if (!(await this.letPass(current))) await cancel(current);
        return { kind: 'queued', behind: null, why: `a hotfix passes ${current.id}` };
      case 'supersede':
        await cancel(current);
        return { kind: 'queued', behind: current.id, why: `${current.id} is being aborted to make way` };
      case 'queue':
        return { kind: 'queued', behind: current.id, why: `${current.id} is under way` };
    }
  }

  /** The regions that a plan made now leaves out: those of promotions that were passed, and of the one that a hotfix would pass. */
  async leavesOut(policy: NewDigestPolicy): Promise<readonly RegionId[]> {
    const { current } = this.book.state;
    if (!current || policy !== 'hotfix') return this.book.unclean;
    const standing = await this.control.standingOf({ promotion: current.id });
    return standing?.waitsForPerson ? [...new Set([...this.book.unclean, ...standing.unclean])] : this.book.unclean;
  }

  /** A held or stuck promotion lets a hotfix pass (contract 3). @returns whether it did */
  async letPass(current: CurrentPromotion): Promise<boolean> {
    const standing = await this.control.standingOf({ promotion: current.id });
    if (standing?.waitsForPerson) this.book.setAside(current, standing.unclean);
    return standing?.waitsForPerson === true;
  }
}

/** One that was terminated cannot be cancelled: the line takes it back when it next looks. */
async function cancel({ id }: CurrentPromotion): Promise<void> {
  await getExternalWorkflowHandle(id)
    .cancel()
    .catch((err: unknown) => log.info('a promotion that was to make way is gone', { promotion: id, err }));
}
