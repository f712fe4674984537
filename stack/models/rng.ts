const { imul, floor } = Math; // a look-up in a sandbox's global object costs more than the call

/** A seeded stream of numbers: the same seed gives the same stream on every computer. */
export interface Rng {
  next(): number; // uniform in [0, 1)
  below(limit: number): number; // uniform integer in [0, limit)
}

/** Stirs 32 bits so that near inputs give far outputs (the finalizer of MurmurHash3). Pure. */
export function stir(bits: number): number {
  let mixed = bits | 0;
  mixed = imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** One 32-bit number of two. Pure. */
export function stirTogether(a: number, b: number): number {
  return stir(imul(a, 0x9e3779b1) + stir(b));
}

/** Weyl sequence through the finalizer above: period 2^32, enough for a few million draws. */
export function seeded(seed: number): Rng {
  let state = stir(seed);
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    return stir(state) / 0x1_0000_0000;
  };
  return { next, below: (limit) => floor(next() * limit) };
}
