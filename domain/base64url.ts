const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const CODES: ReadonlyMap<string, number> = new Map([...ALPHABET].map((letter, code) => [letter, code]));

/** Writes bytes as base64url without padding (RFC 4648, section 5; RFC 7515, section 2). Pure, and needs nothing of its host. */
export function toBase64url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += letterOf(bits >> 18) + letterOf(bits >> 12);
    if (b !== undefined) text += letterOf(bits >> 6);
    if (c !== undefined) text += letterOf(bits);
  }
  return text;
}

/**
 * Reads base64url; undefined for anything but the one way to write those bytes: padding, other letters and stray bits at the end
 * are refused, or one signature could be written in several ways. Pure.
 */
export function fromBase64url(text: string): Uint8Array | undefined {
  const rest = text.length % 4;
  if (rest === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0; // bits that wait for their byte
  let written = 0;
  for (const letter of text) {
    const code = CODES.get(letter);
    if (code === undefined) return undefined;
    bits = ((bits << 6) | code) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[written++] = (bits >> held) & 0xff;
  }
  return (bits & ((1 << held) - 1)) === 0 ? bytes : undefined;
}

function letterOf(bits: number): string {
  return ALPHABET.charAt(bits & 63);
}
