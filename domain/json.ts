const UTF8 = new TextDecoder('utf-8', { fatal: true }); // one for all: making one costs more than most of what it reads

export type JsonObject = Readonly<Record<string, unknown>>;

/** The object that a JSON text holds, or undefined when it holds anything else or is no JSON in UTF-8. Pure. */
export function jsonObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    return asObject(JSON.parse(UTF8.decode(bytes)));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
