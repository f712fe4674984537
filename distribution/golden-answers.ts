import type { ValidationEvidence, WorstError } from '../domain/evidence';
import { Failure } from '../domain/failures';
import type { Tolerance } from '../domain/model-policy';
import type { InferRequest, InferResponse, Tensor } from '../ports/inference';
import { compare, excess } from './golden-comparison';
import { readGoldenSet, type GoldenCase } from './golden-set';

export interface GoldenQuestions {
  readonly goldenSet: AsyncIterable<Uint8Array>; // JSON, one case a line
  readonly infer: (request: InferRequest) => Promise<InferResponse>;
  readonly servedName: string; // who must answer
  readonly tolerance: Tolerance; // for outputs without a comparison of their own
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly onCase: (cases: number) => void; // after each
}
/** What a golden set showed, without what it was measured on. */
export type GoldenAnswers = Pick<ValidationEvidence, 'cases' | 'agreed' | 'worst' | 'casesPerSecond' | 'problems'>;

const MAX_PROBLEMS = 20;

/**
 * Asks every case of a golden set, one after the other, and says how far the answers are off. A refusal by the runtime is a
 * problem of the version; whatever else `infer` throws passes through: then we could not find out.
 *
 * @throws `InvalidFreight` (final) where the golden set cannot be read; the signal's reason; what `infer` throws
 */
export async function answerCases(questions: GoldenQuestions): Promise<GoldenAnswers> {
  const { goldenSet, nowMs, signal, onCase } = questions;
  const worst = new Map<string, WorstError>();
  const problems: string[] = [];
  let [cases, agreed] = [0, 0];
  const startedMs = nowMs();
  for await (const golden of readGoldenSet(goldenSet)) {
    signal.throwIfAborted();
    const answer = await ask(golden, questions);
    for (const error of answer.errors) {
      const before = worst.get(error.output);
      if (!before || excess(error) > excess(before)) worst.set(error.output, error);
    }
    for (const problem of answer.problems) {
      if (problems.length < MAX_PROBLEMS) problems.push(`case ${golden.id}: ${problem}`);
    }
    if (answer.agrees) agreed += 1;
    onCase((cases += 1));
  }
  const elapsedMs = Math.max(1, nowMs() - startedMs); // a clock that stands still counts as its smallest step
  return {
    cases,
    agreed,
    worst: [...worst.values()].sort(worstFirst),
    casesPerSecond: (cases * 1_000) / elapsedMs,
    problems,
  };
}

interface CaseAnswer {
  readonly agrees: boolean;
  readonly errors: readonly WorstError[];
  readonly problems: readonly string[];
}

async function ask(golden: GoldenCase, { infer, servedName, tolerance }: GoldenQuestions): Promise<CaseAnswer> {
  let response: InferResponse;
  try {
    response = await infer(golden.request);
  } catch (error) {
    if (!(error instanceof Failure) || error.type !== 'Unsupported') throw error;
    return { agrees: false, errors: [], problems: [`refused: ${error.message.slice(0, 300)}`] };
  }
  if (response.modelName !== servedName) {
    return { agrees: false, errors: [], problems: [`answered by ${response.modelName}, not ${servedName}`] };
  }
  const errors: WorstError[] = [];
  const problems: string[] = [];
  let agrees = true;
  for (const expected of golden.expected) {
    const actual = response.outputs.find(({ name }) => name === expected.name);
    const mismatch = mismatchOf(expected, actual);
    if (mismatch !== undefined) problems.push(mismatch);
    if (mismatch !== undefined || !actual) continue;
    const comparison = golden.comparisons[expected.name] ?? { kind: 'allclose', ...tolerance, maxViolations: 0 };
    const found = compare(comparison, actual.data, expected.data, expected.shape.at(-1) ?? 1);
    errors.push({ caseId: golden.id, output: expected.name, absolute: found.absolute, allowed: found.allowed });
    agrees &&= found.agrees;
  }
  return { agrees: agrees && problems.length === 0, errors, problems };
}

function mismatchOf(expected: Tensor, actual: Tensor | undefined): string | undefined {
  const { name, datatype, shape } = expected;
  if (!actual) return `output ${name} is missing`;
  if (actual.datatype !== datatype) return `output ${name} is ${actual.datatype}, not ${datatype}`;
  if (actual.shape.join() === shape.join() && actual.data.length === expected.data.length) return undefined;
  return `output ${name} has shape [${actual.shape.join()}] and ${actual.data.length} numbers, not [${shape.join()}]`;
}

function worstFirst(a: WorstError, b: WorstError): number {
  const [excessA, excessB] = [excess(a), excess(b)];
  return excessA === excessB ? 0 : excessB - excessA;
}
