/** The adapter's statements. A parameter that may be null selects everything. */

// The fence moves only upwards, and the row comes back as it was found.
export const FENCE = `
INSERT INTO region_versions (model, region, fence_epoch, fence_seq) VALUES ($1, $2, $3, $4)
ON CONFLICT (model, region) DO UPDATE SET fence_epoch = $3, fence_seq = $4
WHERE (region_versions.fence_epoch, region_versions.fence_seq) <= ($3, $4)
RETURNING *`;

export const READ_ROW = 'SELECT * FROM region_versions WHERE model = $1 AND region = $2';

export const RECORD = `
INSERT INTO region_versions (model, region, fence_epoch, fence_seq, epoch, seq, target, live, previous, phase, outcome, promotion, since)
VALUES ($1, $2, $3, $4, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (model, region) DO UPDATE SET fence_epoch = $3, fence_seq = $4, epoch = $3, seq = $4, target = $5, live = $6,
  previous = $7, phase = $8, outcome = $9, promotion = $10,
  since = CASE WHEN region_versions.live IS NOT DISTINCT FROM $6 THEN COALESCE(region_versions.since, $11) ELSE $11 END
WHERE (region_versions.fence_epoch, region_versions.fence_seq) <= ($3, $4)`;

export const HIGHEST_EPOCH = `
SELECT GREATEST(
  (SELECT COALESCE(MAX(fence_epoch), 0) FROM region_versions WHERE model = $1),
  (SELECT COALESCE(MAX(epoch), 0) FROM promotions WHERE model = $1)) AS epoch`;

export const RECORD_PROMOTION = `
INSERT INTO promotions (id, model, epoch, digest, version, plan_hash, starter, started_at, ended_at, outcome, reason, time_to_safe_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (id) DO UPDATE SET model = $2, epoch = $3, digest = $4, version = $5, plan_hash = $6, starter = $7, started_at = $8,
  ended_at = $9, outcome = $10, reason = $11, time_to_safe_ms = $12
WHERE promotions.outcome IS NULL`;

export const RECORD_DIGEST = `
INSERT INTO digests (model, digest, state, text, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (model, digest) DO UPDATE SET state = $3, text = $4, at = $5 WHERE digests.at <= $5`;

// The lock taken before makes the look certain; ON CONFLICT is refused beside rules, and would use up an id.
export const APPEND = `
INSERT INTO events (key, at, model, promotion, region, kind, text, detail)
SELECT $1::text, $2::timestamptz, $3::text, $4::text, $5::text, $6::text, $7::text, $8::jsonb
WHERE NOT EXISTS (SELECT FROM events WHERE key = $1)`;

export const ROWS = `
SELECT * FROM region_versions WHERE epoch IS NOT NULL AND ($1::text IS NULL OR model = $1)
ORDER BY model COLLATE "C", region COLLATE "C"`;

export const PROMOTIONS = `
SELECT * FROM promotions WHERE $1::text IS NULL OR model = $1 ORDER BY started_at DESC, epoch DESC LIMIT $2`;

export const TALLY = `
SELECT model, outcome, COUNT(*) AS count, COUNT(time_to_safe_ms) AS safe_count, COALESCE(SUM(time_to_safe_ms), 0) AS safe_ms
FROM promotions GROUP BY model, outcome ORDER BY model COLLATE "C", COALESCE(outcome, '') COLLATE "C"`;

export const DIGESTS = `
SELECT * FROM digests WHERE ($1::text IS NULL OR model = $1) AND (starts_with(digest, $2) OR starts_with(digest, 'sha256:' || $2))
ORDER BY at DESC`;

export const EVENTS = `
SELECT * FROM events WHERE id > $1 AND ($2::text IS NULL OR model = $2) ORDER BY id LIMIT $3`;

export const LAST_EVENT = 'SELECT COALESCE(MAX(id), 0) AS id FROM events';
