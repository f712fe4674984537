/** A request that gets no answer, with the HTTP status that says whose fault it is: 4xx the caller's, 5xx the model's. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What an error says, on one line and at most 400 characters: onnxruntime adds its own sources and line breaks. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').trim().slice(0, 400);
}
