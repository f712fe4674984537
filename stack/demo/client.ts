import type { PromotionStatus, RolloutStatus } from '../../workflows/contract';

/** A promotion as the api shows it. */
export interface PromotionView {
  readonly status: PromotionStatus | null;
  readonly rollouts: Readonly<Record<string, RolloutStatus>>;
  readonly live: Readonly<Record<string, readonly { readonly activity: string; readonly progress: unknown }[]>>;
}
interface PromotionEntry {
  readonly epoch: number;
  readonly digest: string;
  readonly outcome: string | null;
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
    const line = await this.get<{ readonly denied: Readonly<Record<string, unknown>> }>(`/v1/lines/${this.model}`);
    return Object.keys(line.denied);
  }

  private async get<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}
