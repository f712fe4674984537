import type { ModelLineInput, RolloutInput } from '../../../workflows/contract';
import { LineBook } from '../../../workflows/line-book';
import { modelLine } from '../../../workflows/model-line';
import { Orders } from '../../../workflows/orders';
import { PromotionBoard } from '../../../workflows/promotion-board';
import { PromotionGates } from '../../../workflows/promotion-gates';
import { regionRollout } from '../../../workflows/region-rollout';
import { RolloutAccount } from '../../../workflows/rollout-account';
import { Saga, type Undo } from '../../../workflows/saga';
import { CancellationScope } from '../sdk/scopes';
import type { Mutant } from './index';

interface SagaInside {
  undos: readonly Undo[];
  run(undo: Undo): Promise<void>;
  attempt(undo: Undo): Promise<boolean>;
}
const inside = (saga: Saga) => saga as unknown as SagaInside;

const rollout = (rule: string, change: (input: RolloutInput) => RolloutInput): Mutant => ({
  rule,
  options: { journeys: { regionRollout: ((input: RolloutInput) => regionRollout(change(input))) as never } },
});
const patched = <T extends object>(rule: string, target: T, patch: Partial<Record<keyof T, unknown>>): Mutant => ({
  rule,
  install: () => void Object.assign(target, patch),
});

const { rollBack } = Saga.prototype;
const { end } = LineBook.prototype;
const { report } = RolloutAccount.prototype;
const { hear, advanceable } = PromotionBoard.prototype;

export const JOURNEYS: Readonly<Record<string, Mutant>> = {
  'an undo registered after its effect': patched('S8: undo before effect', Saga.prototype, {
    rollBack(this: Saga) {
      inside(this).undos = inside(this).undos.slice(0, -1); // the newest effect failed, so its undo was never registered
      return rollBack.call(this);
    },
  }),
  'undos that go on after one that failed': patched('contract 3: stop at the first failure', Saga.prototype, {
    async attempt(this: Saga, undo: Undo) {
      await inside(this)
        .run(undo)
        .catch(() => undefined);
      return true;
    },
  } as never),
  'undos oldest first': patched('contract 3: newest first', Saga.prototype, {
    rollBack(this: Saga) {
      inside(this).undos = [...inside(this).undos].reverse();
      return rollBack.call(this);
    },
  }),
  'a rollback that can be cancelled': {
    rule: 'style 8: rolling back is not cancellable',
    install: () => void (CancellationScope.nonCancellable = (work) => CancellationScope.cancellable(work)),
  },
  'a rollback that waits': patched('contract 3: make safe', Saga.prototype, { makeSafe: async () => false }),
  'an abort that cancels nothing': {
    rule: 'S7',
    install: () => void (CancellationScope.prototype.cancel = () => undefined),
  },
  'a pause that stops nothing': patched('contract 2: pause', Orders.prototype, {
    mayPass(this: Orders, point: 'canary' | 'flip' | null) {
      return this.gateOf(point) === null;
    },
  }),
  'gates that nobody keeps': patched('S6', Orders.prototype, { mayPass: () => true }),
  'a quorum of one': patched('S6', PromotionGates.prototype, {
    isOpen(this: PromotionGates, { id }: { readonly id: string }) {
      return (this['yeses'].get(id) ?? []).length > 0;
    },
  }),
  'a yes that never expires': patched('contract 2: a yes dies with its expiry', PromotionGates.prototype, {
    counted(this: PromotionGates, id: string) {
      return this['yeses'].get(id) ?? [];
    },
  } as never),
  'a starter who approves': patched('contract 9: four eyes', PromotionGates.prototype, {
    approve(this: PromotionGates, { id }: { readonly id: string }, { actor, keyId, exp }: Record<string, never>) {
      const yeses = this['yeses'].get(id) ?? [];
      this['yeses'].set(id, [...yeses, { actor, keyId, expMs: Number(exp) * 1_000 }] as never);
      return undefined;
    },
  }),
  'a statement that may be used again': patched('contract 9: jti', PromotionBoard.prototype, {
    advanceable(this: PromotionBoard) {
      this.usedJtis.length = 0;
      return advanceable.call(this);
    },
  }),
  'reports taken in any order': patched('contract 1: lower seq are dropped', PromotionBoard.prototype, {
    hear(this: PromotionBoard, heard: Parameters<typeof hear>[0]) {
      const before = this.of(heard.region);
      return hear.call(this, { ...heard, seq: Math.max(heard.seq, (before?.seq ?? 0) + 1) });
    },
  }),
  'a commit without the last look': patched('contract 3: commit', PromotionBoard.prototype, {
    hear(this: PromotionBoard, heard: Parameters<typeof hear>[0]) {
      return hear.call(this, { ...heard, prepared: Infinity });
    },
  }),
  'an abort that answers at once': patched('S7', PromotionBoard.prototype, { hasNothingUnderWay: () => true }),
  'a failed region that is ignored': patched('S8', PromotionBoard.prototype, { failed: () => undefined }),
  'a region that ends without a word': patched('L1', RolloutAccount.prototype, {
    report(this: RolloutAccount) {
      if (this.phase !== 'ended') report.call(this);
    },
  }),
  'a line that forgets what it denied': patched('contract 4: deny list', LineBook.prototype, { deny: () => undefined }),
  'a line that folds nothing': patched('contract 4: offers are folded', LineBook.prototype, {
    take(this: LineBook, offer: Parameters<LineBook['take']>[0]) {
      this.change({ queue: [...this.state.queue, offer] });
      return undefined;
    },
  }),
  'a lane that any end frees': patched('contract 4: only `ended` of the current epoch', LineBook.prototype, {
    end(this: LineBook, ended: Parameters<typeof end>[0]) {
      const answer = end.call(this, ended);
      this.change({ current: null });
      return answer;
    },
  }),
  'a line that continues without its state': {
    rule: 'contract 4: the whole state goes to continue-as-new',
    options: { journeys: { modelLine: (({ model }: ModelLineInput) => modelLine({ model })) as never } },
  },
  'weights from the top': rollout('S5', (input) => ({ ...input, steps: [...input.steps].reverse() })),
  'a rollout without validation': rollout('S4', (input) => ({ ...input, fastTrack: true, steps: input.steps })),
  'a rollout without canary': rollout('S4', (input) => ({ ...input, steps: [] })),
  'a rollout that ignores its gates': rollout('S6', (input) => ({ ...input, gated: [] })),
};
