import type * as ort from 'onnxruntime-node';
import { Refusal, wordsOf } from './refusal';
import { tensorOf, type TensorMetadata } from './tensors';

/** What a request asks of a model: its tensors, and which outputs to name (all when empty). */
export interface ParsedRequest {
  readonly id: string | undefined;
  readonly feeds: Record<string, ort.Tensor>;
  readonly outputs: readonly string[];
}

/** The most elements of one input: 16 Mi, 64 MB as FP32. */
const MAX_ELEMENTS = 16 * 1024 * 1024;

/**
 * Checks an infer request against the model's inputs and builds its tensors. By hand, for this is the hot path: a schema
 * library takes longer here than the model. @throws Refusal (400) saying what does not fit
 */
export function parseInferRequest(body: Buffer, inputs: readonly TensorMetadata[], outputs: readonly TensorMetadata[]) {
  const request = parseJson(body);
  const given = request['inputs'];
  if (!Array.isArray(given)) throw new Refusal(400, 'the request has no list `inputs`');
  const feeds: Record<string, ort.Tensor> = {};
  for (const one of given as readonly unknown[]) {
    if (!isRecord(one) || typeof one['name'] !== 'string') throw new Refusal(400, 'an input has no `name`');
    const metadata = inputs.find(({ name }) => name === one['name']);
    if (!metadata) throw new Refusal(400, `the model has no input ${one['name']}; it has ${namesOf(inputs)}`);
    feeds[metadata.name] = inputTensor(one, metadata);
  }
  for (const { name } of inputs) if (!(name in feeds)) throw new Refusal(400, `input ${name} is missing`);
  const id = request['id'];
  const parsed: ParsedRequest = {
    id: typeof id === 'string' ? id : undefined,
    feeds,
    outputs: requestedOutputs(request['outputs'], outputs),
  };
  return parsed;
}

function inputTensor(input: Record<string, unknown>, metadata: TensorMetadata): ort.Tensor {
  const { name, datatype } = metadata;
  if (input['datatype'] !== datatype) {
    throw new Refusal(400, `input ${name} has datatype ${String(input['datatype'])}, the model takes ${datatype}`);
  }
  const shape = checkedShape(input['shape'], metadata);
  let count = 1;
  for (const size of shape) count *= size;
  if (count > MAX_ELEMENTS) throw new Refusal(400, `input ${name} has ${count} elements, the most is ${MAX_ELEMENTS}`);
  const nested = input['data'];
  if (!Array.isArray(nested))
    throw new Refusal(400, `input ${name} has no list \`data\`; binary data is not supported`);
  const data: readonly unknown[] = Array.isArray(nested[0]) ? (nested.flat(shape.length) as unknown[]) : nested;
  if (data.length !== count) {
    throw new Refusal(400, `input ${name} has ${data.length} values, its shape [${shape.join()}] takes ${count}`);
  }
  return tensorOf(metadata, shape, data);
}

function checkedShape(shape: unknown, { name, shape: expected }: TensorMetadata): readonly number[] {
  const fits =
    Array.isArray(shape) &&
    shape.length === expected.length &&
    shape.every((size, i) => Number.isInteger(size) && size > 0 && (expected[i] === -1 || size === expected[i]));
  if (!fits) {
    throw new Refusal(400, `input ${name} has shape ${JSON.stringify(shape)}, the model takes [${expected.join()}]`);
  }
  return shape as readonly number[];
}

function requestedOutputs(requested: unknown, outputs: readonly TensorMetadata[]): readonly string[] {
  if (requested === undefined) return [];
  if (!Array.isArray(requested)) throw new Refusal(400, '`outputs` is not a list');
  return (requested as readonly unknown[]).map((one) => {
    const name = isRecord(one) ? one['name'] : undefined;
    if (outputs.some((output) => output.name === name)) return name as string;
    throw new Refusal(400, `the model has no output ${String(name)}; it has ${namesOf(outputs)}`);
  });
}

function parseJson(body: Buffer): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Refusal(400, `the body is not JSON: ${wordsOf(error)}`);
  }
  if (!isRecord(parsed)) throw new Refusal(400, 'the body is not a JSON object');
  return parsed;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function namesOf(tensors: readonly TensorMetadata[]): string {
  return tensors.map(({ name }) => name).join(', ');
}
