import { parseRegionId } from '../../../domain/ids';
import { PromotionNews } from '../../../workflows/promotion-news';

const [EU, US] = [parseRegionId('eu-north'), parseRegionId('us-east')] as const;
const standing = (
  region = EU,
  more: { readonly phase?: string; readonly unreachableSinceMs?: number; readonly awaitsData?: boolean } = {},
) => ({
  ...{ region, phase: 'canary', unreachableSinceMs: null, awaitsData: false },
  ...more,
});

describe('what people hear of while a promotion runs', () => {
  it('is what is new: a region that stays held or silent is not told again', () => {
    const news = new PromotionNews();
    expect(news.isEmpty).toBe(true);
    news.ofRegion(standing(), standing(EU, { phase: 'held' }));
    expect(news.take()).toEqual([{ kind: 'held', text: 'eu-north: held, a person is needed' }]);
    news.ofRegion(standing(EU, { phase: 'held' }), standing(EU, { phase: 'held' }));
    news.ofRegion(standing(EU, { unreachableSinceMs: 5 }), standing(EU, { unreachableSinceMs: 5 }));
    expect(news.isEmpty).toBe(true);
  });

  it('is one notice for several regions of a kind, each named once', () => {
    const news = new PromotionNews();
    for (const region of [EU, US, EU]) news.ofRegion(standing(region), standing(region, { unreachableSinceMs: 7 }));
    expect(news.take()).toEqual([{ kind: 'unreachable', text: 'eu-north, us-east: no worker answers' }]);
    expect(news.take()).toEqual([]);
  });

  it('calls nobody where a held region goes on by itself', () => {
    const news = new PromotionNews();
    news.ofRegion(standing(), standing(EU, { phase: 'held', awaitsData: true }));
    const text = 'eu-north: held at weight 0 until the counters can be read again; goes on by itself';
    expect(news.take()).toEqual([{ kind: 'held', text }]);
  });

  it('is a region that is stuck, whatever becomes of the promotion', () => {
    const news = new PromotionNews();
    news.ofRegion(standing(US, { phase: 'rolling-back' }), standing(US, { phase: 'stuck' }));
    news.ofRegion(standing(US, { phase: 'stuck' }), standing(US, { phase: 'stuck' }));
    expect(news.take()).toEqual([{ kind: 'stuck', text: 'us-east: stuck, a person is needed' }]);
  });

  it('says how many approvals a gate takes', () => {
    const news = new PromotionNews();
    const gate = { regions: [EU], before: 'flip' } as const;
    news.ofGate({ ...gate, id: 'change-board', quorum: 2 });
    news.ofGate({ ...gate, id: 'india', quorum: 1 });
    expect(news.take()).toEqual([
      { kind: 'gate-waiting', text: 'waits at gate change-board (2 approvals), india (1 approval)' },
    ]);
  });
});
