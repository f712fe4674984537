import { z } from 'zod';
import { Failure } from '../domain/failures';
import type { InferRequest, Tensor } from '../ports/inference';
import { comparisonSchema, type Comparison } from './golden-comparison';

/** One recorded request with the answer that is expected, and how closely to agree. */
export interface GoldenCase {
  readonly id: string;
  readonly request: InferRequest;
  readonly expected: readonly Tensor[];
  readonly comparisons: Readonly<Record<string, Comparison>>; // by output; the model's tolerance where there is none
}

/** The longest line that is read: four million numbers as text, a quarter of what a request to a runtime may weigh. */
const MAX_LINE_CHARACTERS = 16 * 1024 * 1024;

const nested = z.array(z.unknown(), 'no list of numbers (tensors by reference are not supported)');
const tensorSchema = z
  .object({ name: z.string(), datatype: z.string(), shape: z.array(z.int().nonnegative()), data: nested })
  .transform((tensor, context): Tensor => {
    const data = tensor.data.flat(Infinity);
    const count = tensor.shape.reduce((product, size) => product * size, 1);
    const odd = data.find((value) => typeof value !== 'number' && typeof value !== 'boolean');
    if (odd !== undefined) context.addIssue(`${tensor.name} holds ${JSON.stringify(odd)}, which is no number`);
    if (data.length !== count) context.addIssue(`${tensor.name} has ${data.length} numbers, its shape takes ${count}`);
    return { ...tensor, data: data.map(Number) };
  });
const caseSchema = z
  .object({
    id: z.string().min(1),
    request: z.object({ inputs: z.array(tensorSchema).min(1) }),
    expect: z.object({ outputs: z.array(tensorSchema).min(1) }),
    compare: z.record(z.string(), comparisonSchema).default({}),
  })
  .superRefine(({ expect, compare }, context) => {
    const known = expect.outputs.map(({ name }) => name);
    for (const name of Object.keys(compare)) {
      if (!known.includes(name)) context.addIssue(`compare.${name}: no such output; expected are ${known.join(', ')}`);
    }
  });

/**
 * Reads a golden set: JSON, one case a line, blank lines skipped. Holds one line at a time, whatever the file's size.
 * @throws `InvalidFreight` (final) with the line's number and what is wrong with it
 */
export async function* readGoldenSet(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<GoldenCase> {
  const ids = new Map<string, number>();
  for await (const { number, text } of linesOf(bytes)) {
    if (text.trim() === '') continue;
    const one = parseCase(text, number);
    const before = ids.get(one.id);
    if (before !== undefined) throw wrong(number, `case ${one.id} is on line ${before} too`);
    ids.set(one.id, number);
    yield one;
  }
}

function parseCase(text: string, number: number): GoldenCase {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw wrong(number, `no JSON: ${cause instanceof Error ? cause.message : cause}`);
  }
  const parsed = caseSchema.safeParse(json);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
    throw wrong(number, issues.join('; '));
  }
  const { id, request, expect, compare } = parsed.data;
  return { id, request, expected: expect.outputs, comparisons: compare };
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<{ number: number; text: string }> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 1;
  let rest = '';
  for await (const chunk of bytes) {
    rest += decoded(decoder, number, chunk);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n'), number += 1) {
      yield { number, text: rest.slice(0, end) };
      rest = rest.slice(end + 1);
    }
    if (rest.length > MAX_LINE_CHARACTERS) throw wrong(number, `longer than ${MAX_LINE_CHARACTERS} characters`);
  }
  yield { number, text: rest + decoded(decoder, number) };
}

function decoded(decoder: TextDecoder, number: number, chunk?: Uint8Array): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch {
    throw wrong(number, 'no UTF-8, there or soon after');
  }
}

function wrong(number: number, what: string): Failure {
  return new Failure('InvalidFreight', `golden set, line ${number}: ${what}`);
}
