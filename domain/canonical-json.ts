const LONE_SURROGATE = /\p{Surrogate}/u; // with the flag, a proper pair is one letter and no surrogate

/**
 * Writes a value as RFC 8785 canonical JSON: keys in UTF-16 order, numbers and strings as ECMAScript writes them. Pure.
 * A field that is `undefined` is left out, as it is when the value travels; so a plan and its copy over the wire are written alike.
 * @throws TypeError for what JSON cannot say or the RFC forbids, with its place: NaN, infinities, lone surrogates, dates, functions
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$');
}

function write(value: unknown, place: string): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return writeString(value, place);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${place} is ${value}, which JSON cannot say`);
    return JSON.stringify(value); // ECMAScript's shortest form is the RFC's (section 3.2.2.3)
  }
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item: unknown, index) => write(item, `${place}[${index}]`)).join()}]`;
  }
  if (isPlain(value)) return writeObject(value, place);
  throw new TypeError(`${place} is ${typeof value === 'object' ? 'no plain object' : `a ${typeof value}`}`);
}

function writeObject(value: Readonly<Record<string, unknown>>, place: string): string {
  const fields = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort() // by UTF-16 code units (section 3.2.3)
    .map((key) => `${writeString(key, place)}:${write(value[key], `${place}.${key}`)}`);
  return `{${fields.join()}}`;
}

function writeString(text: string, place: string): string {
  if (LONE_SURROGATE.test(text)) throw new TypeError(`${place} holds half a surrogate pair`);
  return JSON.stringify(text);
}

/** Also true for objects of another realm: a workflow's sandbox has its own `Object`. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
