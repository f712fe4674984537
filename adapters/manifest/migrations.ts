/**
 * The manifest's tables, in steps that are only ever added to: an older process goes on working on a newer database while a
 * control side is upgraded one process at a time. What a person may ask by SQL is what the columns say.
 */
export const MIGRATIONS: readonly { readonly version: number; readonly sql: string }[] = [
  {
    version: 1,
    sql: `
CREATE TABLE region_versions (
  model text NOT NULL,
  region text NOT NULL,
  fence_epoch integer NOT NULL,   -- the highest (epoch, seq) that wrote or fenced
  fence_seq integer NOT NULL,
  epoch integer,                  -- of the last record; null: fenced, never recorded
  seq integer,
  target text,
  live text,
  previous jsonb NOT NULL DEFAULT '[]',
  phase text,
  outcome text,
  promotion text,
  since timestamptz,
  PRIMARY KEY (model, region)
);
CREATE TABLE promotions (
  id text PRIMARY KEY,
  model text NOT NULL,
  epoch integer NOT NULL,
  digest text NOT NULL,
  version text NOT NULL,
  plan_hash text NOT NULL,
  starter text NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  outcome text,
  reason jsonb,
  time_to_safe_ms double precision
);
CREATE INDEX promotions_newest ON promotions (model, started_at DESC);
CREATE TABLE digests (
  model text NOT NULL,
  digest text NOT NULL,
  state text NOT NULL,
  text text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (model, digest)
);
CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text NOT NULL UNIQUE,
  at timestamptz NOT NULL,
  model text NOT NULL,
  promotion text,
  region text,
  kind text NOT NULL,
  text text NOT NULL,
  detail jsonb NOT NULL
);
CREATE INDEX events_of_model ON events (model, id);
CREATE RULE events_are_kept AS ON DELETE TO events DO INSTEAD NOTHING;
CREATE RULE events_are_not_rewritten AS ON UPDATE TO events DO INSTEAD NOTHING;
`,
  },
];
