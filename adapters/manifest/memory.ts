import type { ModelName, RegionId } from '../../domain/ids';
import type {
  DigestRecord,
  Manifest,
  ManifestEvent,
  ManifestRow,
  PromotionRecord,
  PromotionTally,
} from '../../ports/manifest';
import { isLower, refusal, type Fence } from './fence';
import { fittingDetail, fittingText } from './fitting';

interface Held {
  readonly fence: Fence;
  readonly row: ManifestRow | null;
}

/** The manifest in this process: for the simulation and for tests. Answers within microtasks, keeps the laws of the port. */
export class MemoryManifest implements Manifest {
  private readonly held = new Map<string, Held>();
  private readonly records = new Map<string, PromotionRecord>();
  private readonly accounts = new Map<string, DigestRecord>();
  private readonly log: ManifestEvent[] = [];
  private readonly keys = new Set<string>();

  async fence(model: ModelName, region: RegionId, token: Fence): Promise<ManifestRow | null> {
    const at = `${model}/${region}`;
    const found = this.held.get(at);
    if (found && isLower(token, found.fence)) throw refusal(`${model} in ${region}`, token, found.fence);
    this.held.set(at, { fence: { epoch: token.epoch, seq: token.seq }, row: found?.row ?? null });
    return found?.row ?? null;
  }

  async record(row: ManifestRow): Promise<boolean> {
    const at = `${row.model}/${row.region}`;
    const found = this.held.get(at);
    if (found && isLower(row, found.fence)) return false;
    const isSame = found?.row?.live === row.live;
    const kept = isSame ? { ...row, since: found?.row?.since ?? row.since } : row;
    this.held.set(at, { fence: { epoch: row.epoch, seq: row.seq }, row: kept });
    return true;
  }

  async highestEpoch(model: ModelName): Promise<number> {
    let highest = 0;
    for (const [at, { fence }] of this.held) if (at.startsWith(`${model}/`)) highest = Math.max(highest, fence.epoch);
    for (const record of this.records.values()) if (record.model === model) highest = Math.max(highest, record.epoch);
    return highest;
  }

  async recordPromotion(promotion: PromotionRecord): Promise<void> {
    if (this.records.get(promotion.id)?.outcome) return;
    const { reason } = promotion;
    const kept = reason && { kind: reason.kind, text: fittingText(reason.text) };
    this.records.set(promotion.id, { ...promotion, reason: kept });
  }

  async recordDigest(digest: DigestRecord): Promise<void> {
    const at = `${digest.model}/${digest.digest}`;
    const found = this.accounts.get(at);
    if (found && Date.parse(found.at) > Date.parse(digest.at)) return;
    this.accounts.set(at, { ...digest, text: fittingText(digest.text) });
  }

  async append(key: string, event: Omit<ManifestEvent, 'id'>): Promise<void> {
    if (this.keys.has(key)) return;
    this.keys.add(key);
    const text = fittingText(event.text);
    this.log.push({ ...event, text, detail: fittingDetail(event.detail), id: this.log.length + 1 });
  }

  async rows(model?: ModelName): Promise<readonly ManifestRow[]> {
    const rows = [...this.held.values()].flatMap(({ row }) => (row && (!model || row.model === model) ? [row] : []));
    return rows.sort((a, b) => compareText(a.model, b.model) || compareText(a.region, b.region));
  }

  async promotions({ model, limit }: { readonly model?: ModelName; readonly limit: number }) {
    const records = [...this.records.values()].filter((record) => !model || record.model === model);
    const newest = (a: PromotionRecord, b: PromotionRecord) =>
      Date.parse(b.startedAt) - Date.parse(a.startedAt) || b.epoch - a.epoch;
    return records.sort(newest).slice(0, limit);
  }

  async tally(): Promise<readonly PromotionTally[]> {
    const tallies = new Map<string, PromotionTally>();
    for (const { model, outcome, timeToSafeMs } of this.records.values()) {
      const key = `${model}/${outcome ?? ''}`;
      const before = tallies.get(key) ?? { model, outcome, count: 0, timeToSafeCount: 0, timeToSafeMsSum: 0 };
      const safe = timeToSafeMs === null ? { count: 0, ms: 0 } : { count: 1, ms: timeToSafeMs };
      tallies.set(key, {
        ...before,
        count: before.count + 1,
        timeToSafeCount: before.timeToSafeCount + safe.count,
        timeToSafeMsSum: before.timeToSafeMsSum + safe.ms,
      });
    }
    return [...tallies.entries()].sort(([a], [b]) => compareText(a, b)).map(([, tally]) => tally);
  }

  async digests({ model, digest = '' }: { readonly model?: ModelName; readonly digest?: string }) {
    const named = (full: string) => full.startsWith(digest) || full.startsWith(`sha256:${digest}`);
    const accounts = [...this.accounts.values()].filter((one) => (!model || one.model === model) && named(one.digest));
    return accounts.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  }

  async events({ afterId, model, limit }: { afterId: number; model?: ModelName; limit: number }) {
    return this.log.filter((event) => event.id > afterId && (!model || event.model === model)).slice(0, limit);
  }

  async lastEventId(): Promise<number> {
    return this.log.length;
  }

  async close(): Promise<void> {}
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
