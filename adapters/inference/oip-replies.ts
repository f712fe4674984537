import { z } from 'zod';
import type { InferResponse } from '../../ports/inference';

const entry = z.object({
  name: z.string(),
  state: z.string().default(''), // Triton leaves it out for what it never loaded
  reason: z.string().default(''),
});
const metadata = z.object({
  name: z.string(),
  version: z.string().default(''),
  parameters: z
    .object({
      engine: z.string().optional(),
      platform: z.string().optional(),
      hardware: z.string().optional(),
      driver: z.string().optional(),
      free_memory_bytes: z.number().optional(),
    })
    .default({}),
});
const output = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.number()),
  data: z.array(z.unknown()),
});
const inferResponse = z.object({ model_name: z.string(), outputs: z.array(output) });

export type IndexEntry = z.infer<typeof entry>;

export function parseIndex(text: string): readonly IndexEntry[] {
  return z.array(entry).parse(JSON.parse(text));
}

export function parseMetadata(text: string): z.infer<typeof metadata> {
  return metadata.parse(JSON.parse(text));
}

/** Data may be nested or flat. What is not a number (NaN has no JSON: `null`, or a bare word from Python servers) is NaN. */
export function parseInferResponse(text: string): InferResponse {
  const { model_name, outputs } = inferResponse.parse(parseLenient(text));
  return {
    modelName: model_name,
    outputs: outputs.map((one) => ({ ...one, data: one.data.flat(Infinity).map(asNumber) })),
  };
}

/** What an error or an error body says: its `error` field where it has one. At most 500 characters. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  try {
    const { error: words } = JSON.parse(text) as { error?: unknown };
    return String(words ?? text).slice(0, 500);
  } catch {
    return text.slice(0, 500);
  }
}

function parseLenient(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(text.replace(/(?<=[[,:\s])-?(?:NaN|Infinity)(?=[\],}\s])/g, 'null'));
  }
}

function asNumber(value: unknown): number {
  return typeof value === 'number' || typeof value === 'boolean' ? Number(value) : NaN;
}
