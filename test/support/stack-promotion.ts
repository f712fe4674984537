import { setTimeout as pause } from 'node:timers/promises';
import type { RolloutStatus } from '../../workflows/contract';
import { isOver, type PromotionView } from '../../stack/demo/client';
import type { Stage } from './stack';

const EVERY_MS = 100;
export const LONG_MS = 120_000; // far above what any promotion of these tests takes

/** Asks until it holds. @throws Error with what was there instead */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  forMs = LONG_MS,
): Promise<T> {
  const endMs = Date.now() + forMs;
  for (let last: unknown; ; await pause(EVERY_MS)) {
    try {
      const answer = await ask();
      if (holds(answer)) return answer;
      last = answer;
    } catch (err) {
      last = err instanceof Error ? err.message : err; // while a part is down
    }
    if (Date.now() > endMs)
      throw new Error(`${what} did not come in ${forMs} ms: ${JSON.stringify(last).slice(0, 3_000)}`);
  }
}

/** A promotion under way, as the api shows it. */
export class Promoted {
  constructor(
    private readonly stage: Stage,
    readonly epoch: number,
    readonly digest: string,
    readonly found: string | null, // what the regions served before
  ) {}

  get id(): string {
    return `promotion/fraud/${this.epoch}`;
  }

  view(): Promise<PromotionView> {
    return getJson(this.stage, `/v1/promotions/fraud/${this.epoch}`);
  }

  /** Waits for a phase of a region that may be short: what the rollout recorded counts too. */
  async reached(region: string, phase: string): Promise<RolloutStatus> {
    const rolloutOf = async () => (await this.view()).rollouts[region];
    const entered = (rollout: RolloutStatus) => rollout.phases.some((recorded) => recorded.phase === phase);
    const inPhase = (rollout: RolloutStatus | undefined) =>
      rollout !== undefined &&
      (phase === 'canary' ? rollout.phase === phase && rollout.weightPct > 0 : entered(rollout));
    const rollout = await until(`${region} in ${phase}`, rolloutOf, inPhase);
    if (!rollout) throw new Error(`${region} has no rollout`);
    return rollout;
  }

  /** The end of the promotion and of all its rollouts. */
  async ended(forMs = LONG_MS): Promise<PromotionView> {
    return until(`the end of ${this.id}`, () => this.view(), isOver, forMs);
  }
}

/** The phase that a rollout was in at a moment, by its own record. */
export function phaseAt({ phases }: RolloutStatus, atMs: number): string | undefined {
  return phases.filter((entered) => entered.atMs <= atMs).at(-1)?.phase;
}

export async function getJson<T>({ stack }: Stage, path: string): Promise<T> {
  const answer = await fetch(`${stack.addresses.api}${path}`, { signal: AbortSignal.timeout(15_000) });
  if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** What the api answered, refusals too. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export async function postJson({ stack }: Stage, path: string, body: object, headers = {}): Promise<Answer> {
  const answer = await fetch(`${stack.addresses.api}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(70_000),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}
