/** Where the name of the model stands in a JSON body: the bytes of the string, quotes included. */
export interface NamedModel {
  readonly kind: 'found';
  readonly model: string;
  readonly from: number;
  readonly to: number;
}
export type Search = NamedModel | { readonly kind: 'incomplete' } | { readonly kind: 'none' };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const WHITE = new Set([0x20, 0x09, 0x0a, 0x0d]);
const NONE: Search = { kind: 'none' };
const INCOMPLETE: Search = { kind: 'incomplete' };

/**
 * Finds the top-level `"model": "..."` in the beginning of a JSON object, without reading further than that: so the rest
 * of a long body can be streamed, byte for byte. `incomplete`: more bytes may show it; `none`: it cannot come any more. Pure.
 */
export function findModel(body: Buffer): Search {
  let at = skipWhite(body, 0);
  if (at === body.length) return INCOMPLETE;
  if (body[at] !== 0x7b) return NONE; // {
  at++;
  for (;;) {
    at = skipWhite(body, at);
    if (at === body.length) return INCOMPLETE;
    if (body[at] !== QUOTE) return NONE; // the end of an empty object, or no JSON
    const key = stringAt(body, at);
    if (!key) return INCOMPLETE;
    at = skipWhite(body, key.to);
    if (at === body.length) return INCOMPLETE;
    if (body[at] !== 0x3a) return NONE; // :
    at = skipWhite(body, at + 1);
    if (key.text === 'model') return modelAt(body, at);
    at = skipValue(body, at);
    if (at === body.length) return INCOMPLETE;
    if (body[at] !== 0x2c) return NONE; // neither , nor another member
    at++;
  }
}

function modelAt(body: Buffer, at: number): Search {
  if (at === body.length) return INCOMPLETE;
  if (body[at] !== QUOTE) return NONE;
  const value = stringAt(body, at);
  if (!value) return INCOMPLETE;
  return value.text === undefined ? NONE : { kind: 'found', model: value.text, from: at, to: value.to };
}

function skipWhite(body: Buffer, from: number): number {
  let at = from;
  while (at < body.length && WHITE.has(body[at] ?? 0)) at++;
  return at;
}

/** The string that starts at the quote `from`; undefined where it does not end, without text where it is no JSON. */
function stringAt(body: Buffer, from: number): { text: string | undefined; to: number } | undefined {
  let at = from + 1;
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  if (at >= body.length) return undefined;
  return { text: parsed(body.toString('utf8', from, at + 1)), to: at + 1 };
}

function parsed(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}

/** Behind the value that starts at `from`: the comma or brace that follows it on the top level. */
function skipValue(body: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < body.length) {
    const byte = body[at] ?? 0;
    if (byte === QUOTE) {
      const text = stringAt(body, at);
      if (!text) return body.length;
      at = text.to;
      continue;
    }
    if (depth === 0 && (byte === 0x2c || byte === 0x7d)) return at; // , }
    if (byte === 0x7b || byte === 0x5b) depth++; // { [
    if (byte === 0x7d || byte === 0x5d) depth--; // } ]
    at++;
  }
  return at;
}
