import type { PoolClient, QueryResultRow } from 'pg';
import type { ModelName, RegionId } from '../../domain/ids';
import type { DigestRecord, Manifest, ManifestEvent, ManifestRow, PromotionRecord } from '../../ports/manifest';
import { refusal, type Fence } from './fence';
import { fittingDetail, fittingText } from './fitting';
import { LOCKS, PostgresPool, type PostgresOptions } from './postgres-pool';
import * as rows from './postgres-rows';
import * as sql from './postgres-sql';

/**
 * The manifest in PostgreSQL, or in PGlite behind its socket: same driver, same statements. Connects when it is first asked, makes its
 * tables then, and connects again by itself after the server was gone.
 */
export class PostgresManifest implements Manifest {
  private readonly pool: PostgresPool;

  constructor(options: PostgresOptions) {
    this.pool = new PostgresPool(options);
  }

  async fence(model: ModelName, region: RegionId, { epoch, seq }: Fence): Promise<ManifestRow | null> {
    return this.pool.transaction(async (client) => {
      const fenced = await client.query<rows.VersionsRow>(sql.FENCE, [model, region, epoch, seq]);
      if (fenced.rows[0]) return rows.manifestRow(fenced.rows[0]);
      const [held] = (await client.query<rows.VersionsRow>(sql.READ_ROW, [model, region])).rows;
      const seen = { epoch: held?.fence_epoch ?? epoch, seq: held?.fence_seq ?? seq };
      throw refusal(`${model} in ${region}`, { epoch, seq }, seen);
    });
  }

  async record(row: ManifestRow): Promise<boolean> {
    const { model, region, epoch, seq, target, live, previous, phase, outcome, promotion, since } = row;
    const key = [model, region, epoch, seq];
    const values = [target, live, JSON.stringify(previous), phase, outcome, promotion, since];
    const { rowCount } = await this.run(sql.RECORD, [...key, ...values]);
    return rowCount === 1;
  }

  async highestEpoch(model: ModelName): Promise<number> {
    const { rows: found } = await this.run<{ epoch: number }>(sql.HIGHEST_EPOCH, [model]);
    return found[0]?.epoch ?? 0;
  }

  async recordPromotion(promotion: PromotionRecord): Promise<void> {
    const { id, model, epoch, digest, version, planHash, starter } = promotion;
    const { startedAt, endedAt, outcome, reason, timeToSafeMs } = promotion;
    const why = reason && JSON.stringify({ kind: reason.kind, text: fittingText(reason.text) });
    const start = [id, model, epoch, digest, version, planHash, starter, startedAt];
    await this.run(sql.RECORD_PROMOTION, [...start, endedAt, outcome, why, timeToSafeMs]);
  }

  async recordDigest({ model, digest, state, text, at }: DigestRecord): Promise<void> {
    await this.run(sql.RECORD_DIGEST, [model, digest, state, fittingText(text), at]);
  }

  async append(key: string, event: Omit<ManifestEvent, 'id'>): Promise<void> {
    const { at, model, promotion, region, kind, text, detail } = event;
    const values = [key, at, model, promotion, region, kind, fittingText(text), JSON.stringify(fittingDetail(detail))];
    await this.pool.transaction(async (client) => {
      // Ids are handed out before they are committed: without the lock a reader could see 7 and never 6.
      await client.query(`SELECT pg_advisory_xact_lock(${LOCKS.events})`);
      await client.query(sql.APPEND, values);
    });
  }

  async rows(model?: ModelName): Promise<readonly ManifestRow[]> {
    const { rows: found } = await this.run<rows.VersionsRow>(sql.ROWS, [model ?? null]);
    return found.flatMap((row) => rows.manifestRow(row) ?? []);
  }

  async promotions({ model, limit }: { readonly model?: ModelName; readonly limit: number }) {
    const { rows: found } = await this.run<rows.PromotionRow>(sql.PROMOTIONS, [model ?? null, limit]);
    return found.map(rows.promotionRecord);
  }

  async tally() {
    const { rows: found } = await this.run<rows.TallyRow>(sql.TALLY, []);
    return found.map(rows.promotionTally);
  }

  async digests({ model, digest = '' }: { readonly model?: ModelName; readonly digest?: string }) {
    const { rows: found } = await this.run<rows.DigestRow>(sql.DIGESTS, [model ?? null, digest]);
    return found.map(rows.digestRecord);
  }

  async events({ afterId, model, limit }: { afterId: number; model?: ModelName; limit: number }) {
    const { rows: found } = await this.run<rows.EventRow>(sql.EVENTS, [afterId, model ?? null, limit]);
    return found.map(rows.manifestEvent);
  }

  async lastEventId(): Promise<number> {
    const { rows: found } = await this.run<{ id: string }>(sql.LAST_EVENT, []);
    return Number(found[0]?.id ?? 0);
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private run<R extends QueryResultRow>(statement: string, values: readonly unknown[]) {
    return this.pool.transaction((client: PoolClient) => client.query<R>(statement, [...values]));
  }
}
