import type { IncomingMessage } from 'node:http';

// Fields that belong to one connection, not to the message (RFC 9110, 7.6.1), and those that a new request states itself.
const HOP_BY_HOP = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
]);
const STATED_ANEW = new Set([...HOP_BY_HOP, 'host', 'expect', 'content-length']);
const PLAIN = new Set(['keep-alive', 'close']); // what `connection` nearly always says
const NONE: ReadonlySet<string> = new Set();

/** The request's fields for the runtime, flat; `length` where the body's length is known and the body is a stream. */
export function requestHeaders({ rawHeaders, headers }: IncomingMessage, length?: number): string[] {
  const listed = named(headers.connection);
  const passed: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const lower = name.toLowerCase();
    if (!STATED_ANEW.has(lower) && !listed.has(lower)) passed.push(name, rawHeaders[at + 1] ?? '');
  }
  if (length !== undefined) passed.push('content-length', String(length));
  return passed;
}

/** An answer's fields on their way to the caller, flat, and what they say about its body. */
export interface ResponseFields {
  readonly passed: string[];
  readonly hasLength: boolean;
  readonly streams: boolean; // server-sent events
  readonly encoding: string; // in lower case; empty: none
}

/** The answer's fields for the caller, from name and value in turn as they came. */
export function responseFields(raw: readonly Buffer[]): ResponseFields {
  const passed: string[] = [];
  let [hasLength, streams, listed, encoding] = [false, false, NONE, ''];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]?.toString('latin1') ?? '';
    const value = raw[at + 1]?.toString('latin1') ?? '';
    const lower = name.toLowerCase();
    if (lower === 'connection') listed = named(value);
    if (lower === 'content-length') hasLength = true;
    if (lower === 'content-encoding') encoding = value.trim().toLowerCase();
    if (lower === 'content-type') streams = value.startsWith('text/event-stream');
    if (!HOP_BY_HOP.has(lower)) passed.push(name, value);
  }
  return { passed: listed.size === 0 ? passed : without(passed, listed), hasLength, streams, encoding };
}

function without(fields: readonly string[], listed: ReadonlySet<string>): string[] {
  const left: string[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] ?? '';
    if (!listed.has(name.toLowerCase())) left.push(name, fields[at + 1] ?? '');
  }
  return left;
}

/** The fields that `connection` lists beside its own options. */
function named(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || PLAIN.has(connection)) return NONE;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}
