const { abs, max, min, round } = Math; // a look-up in a sandbox's global object costs more than the call

/** A table of numbers as eight-bit integers: value = integer * scale. */
export interface QuantisedTable {
  readonly values: Int8Array;
  readonly scale: number;
}

/** The scale that maps the largest of the values to 127 (symmetric quantisation, zero point 0). Pure. */
export function scaleFor(values: Float32Array): number {
  let largest = 0;
  for (const value of values) largest = max(largest, abs(value));
  return largest / 127;
}

/**
 * Rounds to the nearest multiple of the scale; what lies beyond 127 multiples is cut off there. Good with the scale of the
 * whole table. With a scale taken from a sample that misses the trained rows it cuts those down to the size of untrained
 * ones: the file is well-formed and loads, and its answers are wrong. Pure.
 */
export function quantise(values: Float32Array, scale: number): QuantisedTable {
  const integers = new Int8Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    integers[i] = max(-127, min(127, round(values[i]! / scale)));
  }
  return { values: integers, scale };
}
