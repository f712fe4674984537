import type { z } from 'zod';
import { knownKeys } from './known-keys';
import { nearest } from './nearest';
import { problemAt, valueAt, type Path, type Problem, type SourceFile } from './source';

type Issue = z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  object: 'a mapping',
  array: 'a list',
  boolean: 'true or false',
};

/** A file read by its schema: the value where there is one, and every problem that the schema sees. */
export interface Parsed<T> {
  readonly value: T | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads a file by its schema. Pure. Messages that a schema gives for itself are what it expected; the others are worded here.
 * Unknown keys are problems, each at its own place, with the known key that was probably meant.
 */
export function parseFile<S extends z.ZodType>(schema: S, file: SourceFile): Parsed<z.output<S>> {
  const result = schema.safeParse(file.value ?? {}, { error: expectation });
  if (result.success) return { value: result.data, problems: [] };
  return {
    value: undefined,
    problems: result.error.issues.flatMap((issue) => problemsOf(issue, { above: [], schema, file })),
  };
}

interface Place {
  readonly above: Path;
  readonly schema: z.ZodType;
  readonly file: SourceFile;
}

function problemsOf(issue: Issue, { above, schema, file }: Place): readonly Problem[] {
  const path = [...above, ...(issue.path as Path)];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(key, { above: path, schema, file }));
  if (issue.code === 'invalid_union') {
    const meant = issue.errors.find((issues) => issues.length > 0 && !issues.some(isOfAnotherKind));
    if (meant) return meant.flatMap((inner) => problemsOf(inner, { above: path, schema, file }));
  }
  return [problemAt(file, path, { expected: issue.message + hint(issue, valueAt(file.value, path)) })];
}

/** The alternative was not meant: what stands there is of another kind altogether. */
function isOfAnotherKind({ code, path }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}

function unknownKey(key: string, { above, schema, file }: Place): Problem {
  const known = knownKeys(schema, above, file.value);
  const meant = nearest(key, known);
  const expected = meant === undefined ? `one of ${known.join(', ')}` : `${meant}, or leave it out`;
  return problemAt(file, [...above, key], { found: `the unknown key ${JSON.stringify(key)}`, expected });
}

function hint(issue: Issue, value: unknown): string {
  if (issue.code !== 'invalid_value' || typeof value !== 'string') return '';
  const meant = nearest(value, issue.values.map(String));
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

/** What a schema without words of its own expected. */
function expectation(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return KINDS[issue.expected] ?? issue.expected;
  const choices = issue.code === 'invalid_value' ? issue.values : issue.code === 'invalid_union' ? issue.options : [];
  return Array.isArray(choices) && choices.length > 0 ? `one of ${choices.join(', ')}` : undefined;
}
