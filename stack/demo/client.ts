import type { PromotionStatus, RolloutStatus } from '../../workflows/contract';

/** A promotion as the api shows it. */
export interface PromotionView {
  readonly status: PromotionStatus | null;
  readonly rollouts: Readonly<Record<string, RolloutStatus>>;
  readonly live: Readonly<Record<string, readonly { readonly activity: string; readonly progress: unknown }[]>>;
  readonly problems: Readonly<Record<string, string>>; // why a region's rollout is missing above
}

/** Whether a promotion has ended with all of its rollouts: each region that began is shown, for one that could not be asked is left out. Pure. */
export function isOver({ status, rollouts, problems }: PromotionView): boolean {
  if (status?.phase !== 'ended' || Object.keys(problems).length > 0) return false;
  return status.regions.every(({ region, phase, outcome }) => {
    const began = phase !== 'pending' && (outcome !== 'skipped' || rollouts[region] !== undefined);
    return !began || rollouts[region]?.phase === 'ended';
  });
}
interface PromotionEntry {
  readonly epoch: number;
  readonly digest: string;
  readonly outcome: string | null;
}

interface LineView {
  readonly live: string | null;
  readonly denied: Readonly<Record<string, { readonly epoch: number }>>;
}

/** The api as any client sees it. */
export class ApiClient {
  constructor(
    readonly url: string,
    readonly model: string,
  ) {}

  async promotions(): Promise<readonly PromotionEntry[]> {
    const { promotions } = await this.get<{ promotions: readonly PromotionEntry[] }>(
      `/v1/promotions?model=${this.model}`,
    );
    return promotions;
  }

  async view(epoch: number): Promise<PromotionView> {
    return this.get<PromotionView>(`/v1/promotions/${this.model}/${epoch}`);
  }

  async denied(): Promise<readonly string[]> {
    const line = await this.get<LineView>(`/v1/lines/${this.model}`);
    return Object.keys(line.denied);
  }

  /** What is live, and what was denied last; a model that was never offered anything has no line. */
  async standing(): Promise<{ readonly live: string | null; readonly denied: string | null }> {
    const answer = await this.ask(`/v1/lines/${this.model}`);
    if (answer.status === 404) return { live: null, denied: null };
    const { live, denied } = await this.read<LineView>(answer);
    const last = Object.entries(denied).sort(([, a], [, b]) => b.epoch - a.epoch)[0];
    return { live, denied: last?.[0] ?? null };
  }

  private async get<T>(path: string): Promise<T> {
    return this.read(await this.ask(path));
  }

  private ask(path: string): Promise<Response> {
    return fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(10_000) });
  }

  private async read<T>(answer: Response): Promise<T> {
    if (!answer.ok) throw new Error(`GET ${answer.url}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}
