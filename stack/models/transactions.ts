import { stir, stirTogether, type Rng } from './rng';

const { exp, floor, log, min } = Math; // a look-up in a sandbox's global object costs more than the call

/** Rows of the hashed-feature table; a power of two. With 32 numbers a row it weighs 32 MiB. */
export const BUCKETS = 262_144;
/** Hashed indices a transaction has: twelve of its own, four of pairs. */
export const FIELDS = 16;

/** One card payment, as the demo's shops send it. Every field is a small integer code. */
export interface Transaction {
  readonly merchant: number;
  readonly category: number;
  readonly card: number;
  readonly device: number;
  readonly country: number; // of the shop
  readonly home: number; // country of the card
  readonly currency: number;
  readonly hour: number; // 0..23
  readonly weekday: number; // 0..6
  readonly amount: number; // logarithmic bucket 0..15
  readonly channel: number;
  readonly attempts: number; // tries in the last hour, 0..4
}

const MERCHANTS = 3_000;
const DEVICES = 5_000;
const CARDS = 20_000;

/** A transaction as real traffic has it: a few shops and devices make most of it. */
export function randomTransaction(rng: Rng): Transaction {
  const merchant = popular(rng, MERCHANTS);
  const home = rng.below(12);
  const country = rng.next() < 0.85 ? home : rng.below(12);
  return {
    merchant,
    category: stirTogether(11, merchant) % 24,
    card: rng.below(CARDS),
    device: popular(rng, DEVICES),
    country,
    home,
    currency: country % 5,
    hour: rng.below(24),
    weekday: rng.below(7),
    amount: min(15, rng.below(12) + rng.below(5)),
    channel: rng.below(4),
    attempts: min(4, floor(-log(1 - rng.next()))),
  };
}

/**
 * The chance that a transaction is fraud: planted patterns that hold in every season, and rings of shops and devices that
 * are new in each (why the detector is fine-tuned). Pure.
 */
export function fraudChance(one: Transaction, season: number): number {
  let logit = -3.6;
  if (isOneIn(14, 101, one.merchant)) logit += 2.6;
  if (isOneIn(16, 102, one.device)) logit += 2.6;
  if (one.country !== one.home && (one.hour < 6 || one.hour > 21)) logit += 2.4;
  if (one.category % 6 === 0 && one.amount >= 11) logit += 2.2;
  if (one.attempts >= 3) logit += 1.6;
  if (isOneIn(12, 1_000 + season, one.merchant)) logit += 3.2;
  if (isOneIn(20, 2_000 + season, one.device)) logit += 2.8;
  return 1 / (1 + exp(-logit));
}

/** The transaction as rows of the table: each field, and four pairs, hashed with a salt of its own. Pure. */
export function features(one: Transaction): number[] {
  const values = [
    ...[one.merchant, one.category, one.card, one.device, one.country, one.home],
    ...[one.currency, one.hour, one.weekday, one.amount, one.channel, one.attempts],
    stirTogether(one.merchant, one.country),
    stirTogether(one.country * 16 + one.home, one.hour),
    stirTogether(one.category, one.amount),
    stirTogether(one.device, one.channel),
  ];
  return values.map((value, field) => stirTogether(field + 1, value) & (BUCKETS - 1));
}

function popular(rng: Rng, count: number): number {
  return floor(count * rng.next() ** 2);
}

function isOneIn(count: number, salt: number, id: number): boolean {
  return stir(stirTogether(salt, id)) % count === 0;
}
