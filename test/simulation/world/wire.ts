import { Failure, type FailureType } from '../../../domain/failures';
import { CONTROL_SETTLES_MS } from '../../../ports/inference';
import { Attempt } from '../sdk/attempt';
import type { Random } from '../sdk/random';
import type { Scheduler } from '../sdk/scheduler';
import { inside, whereNow } from '../sdk/where';

export type Port = keyof typeof LOST;
const LOST = {
  store: 'StoreUnavailable',
  hub: 'StoreUnavailable',
  cache: 'StoreUnavailable',
  router: 'RegionUnreachable',
  runtime: 'RegionUnreachable',
  metrics: 'MetricsUnavailable',
  manifest: 'ManifestUnavailable',
  registry: 'RegistryUnavailable',
  configuration: 'RegistryUnavailable',
  notifier: 'RegionUnreachable',
} as const satisfies Record<string, FailureType>;

/** What may become of one call; `late`: the caller gives up, and the effect takes hold some time later. */
export const FATES = ['before', 'after', 'late', 'twice', 'slow'] as const;
type Fate = (typeof FATES)[number] | 'sound';

/** Where a call goes: what of it is down, and what it refuses for good. */
export interface FarSide {
  readonly phase: string;
  isDown(port: Port): boolean;
  refusal(port: Port): Failure | undefined;
}

const LATEST_MS: Partial<Record<Port, number>> = { runtime: CONTROL_SETTLES_MS }; // by the law of its port
const AT_ONCE = 0.7; // of calls between an activity and its ports: they cost no step and no time

/** Every call of an activity to a port passes here, and the seed decides what becomes of it. */
export class Wire {
  faultRate = 0;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly draw: Random,
    private readonly hit: (phase: string, fault: string) => void,
  ) {}

  call<T>(far: FarSide, port: Port, perform: () => Promise<T>): Promise<T> {
    const attempt = whereNow();
    if (!(attempt instanceof Attempt)) return perform();
    if (attempt.isDead) return new Promise<T>(() => undefined);
    const refusal = far.refusal(port);
    if (refusal) return Promise.reject(refusal);
    if (this.draw.chance(AT_ONCE) && !far.isDown(port)) return perform();
    return this.across(attempt, far, port, perform);
  }

  stream<T>(far: FarSide, port: Port, open: () => AsyncIterable<T>): AsyncIterable<T> {
    if (!(whereNow() instanceof Attempt)) return open();
    const gate = this.call(far, port, async () => undefined);
    async function* flow() {
      await gate;
      yield* open();
    }
    return flow();
  }

  private across<T>(attempt: Attempt, far: FarSide, port: Port, perform: () => Promise<T>): Promise<T> {
    const { scheduler } = this;
    const fate = this.fate();
    if (fate !== 'sound') this.hit(far.phase, fate);
    const lost = () => new Failure(LOST[port], `${port}: no answer`);
    return new Promise<T>((resolve, reject) => {
      const reply = (settle: () => void, ms = this.latency()) => {
        if (this.draw.chance(0.5)) return settle();
        scheduler.in(ms, () => void (attempt.isDead || settle()));
      };
      const effect = (): Promise<T> => {
        if (far.isDown(port)) return Promise.reject(lost());
        return inside(attempt, perform);
      };
      const answer = () =>
        void effect().then(
          (value) => reply(() => resolve(value)),
          (err) => reply(() => reject(err)),
        );
      const giveUp = () => reply(() => reject(lost()), this.draw.between(200, 4_000));
      scheduler.in(fate === 'slow' ? this.draw.between(500, 12_000) : this.latency(), () => {
        if (fate === 'before') return giveUp();
        if (fate === 'after') return void effect().then(giveUp, giveUp);
        if (fate === 'twice') scheduler.in(this.latency(), () => void effect().catch(() => undefined));
        if (fate !== 'late') return answer();
        scheduler.in(this.draw.between(50, LATEST_MS[port] ?? 40_000), () => void effect().catch(() => undefined));
        return giveUp();
      });
    });
  }

  private fate(): Fate {
    if (!this.draw.chance(this.faultRate)) return 'sound';
    return this.draw.pick(FATES);
  }

  private latency(): number {
    return this.draw.between(1, 40);
  }
}
