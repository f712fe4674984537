import { createHash } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { ModelName } from '../../domain/ids';
import type { ApiPorts } from '../ports';
import type { Hint } from './bodies';

/** A tag of a repository that a model follows, and the event that pointed to it. */
export interface Followed {
  readonly model: ModelName;
  readonly repository: string;
  readonly tag: string;
  readonly eventId: string;
}

/** Waits between attempts when registry or Temporal do not answer; after the last one the registry watch is what is left. */
const AGAIN_AFTER_MS = [1_000, 2_000, 4_000, 8_000, 16_000];
const RESOLVE_MS = 10_000;
/** A push makes several events (each platform, each tag, each retry of the sender): they are waited for and make one look. */
const FOLD_MS = 200;

/** The tags that models follow among those hinted at; a hint without a tag points to all tags of its repository. */
export async function followedBy({ configuration }: Pick<ApiPorts, 'configuration'>, hints: readonly Hint[]) {
  const followed: Followed[] = [];
  for (const model of hints.length === 0 ? [] : await configuration.models()) {
    const { repository, tags } = (await configuration.model(model)).value.source;
    for (const hint of hints.filter((one) => one.repository === repository)) {
      const meant = tags.filter((tag) => hint.tag === null || hint.tag === tag);
      followed.push(...meant.map((tag) => ({ model, repository, tag, eventId: hint.eventId })));
    }
  }
  return followed;
}

/**
 * Looks up in the registry what followed tags point to now, and offers that to the models' lines. A burst is folded: while a tag is being
 * looked up, any number of hints to it lead to one look more.
 */
export class HookFollower {
  private readonly waiting = new Map<string, Followed>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly ports: ApiPorts,
    private readonly log: FastifyBaseLogger,
  ) {}

  take(followed: readonly Followed[]): void {
    for (const one of followed) {
      const key = keyOf(one);
      this.waiting.set(key, one);
      if (!this.running.has(key)) this.running.set(key, this.run(key));
    }
  }

  /** Tries what waits once more, and returns when nothing is under way. */
  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running.values());
  }

  private async run(key: string): Promise<void> {
    await Promise.resolve(); // so that whoever called has noted that this runs
    for (let next = this.next(key); next; next = this.next(key)) await this.follow(next);
    this.running.delete(key);
  }

  /** Taken before it is looked up: what comes meanwhile is looked up again. */
  private next(key: string): Followed | undefined {
    const next = this.waiting.get(key);
    this.waiting.delete(key);
    return next;
  }

  private async follow(followed: Followed): Promise<void> {
    await this.wait(FOLD_MS);
    this.waiting.delete(keyOf(followed)); // what came meanwhile is seen by the look that follows now
    for (const waitMs of [...AGAIN_AFTER_MS, null]) {
      try {
        return await this.offer(followed);
      } catch (error) {
        this.log.warn({ err: error, ...followed, againAfterMs: waitMs }, 'hint not followed');
        if (waitMs === null || this.stopping.signal.aborted) return;
        await this.wait(waitMs);
      }
    }
  }

  /** Shorter when the api stops: then everything is tried once more, at once. */
  private wait(ms: number): Promise<void> {
    return this.ports.clock.sleep(ms, this.stopping.signal).catch(() => undefined);
  }

  private async offer({ model, repository, tag, eventId }: Followed): Promise<void> {
    const { configuration, registryOf, engine } = this.ports;
    const registry = registryOf((await configuration.fleet()).value);
    const digest = await registry.resolve(repository, tag, AbortSignal.timeout(RESOLVE_MS));
    if (digest === undefined) {
      this.log.info({ model, repository, tag }, 'hint to a tag that is not there');
      return;
    }
    const id = `hook-${createHash('sha256').update(eventId).digest('hex').slice(0, 32)}`;
    const answer = await engine.offer(model, { digest, id, source: 'registry' });
    this.log.info({ model, repository, tag, digest, answer: answer.kind }, 'digest offered');
  }
}

function keyOf({ model, repository, tag }: Followed): string {
  return `${model}/${repository}:${tag}`;
}
