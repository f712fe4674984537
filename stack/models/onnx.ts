import { Message } from './protobuf';

/** Element types of ONNX tensors and their codes (onnx.proto, TensorProto.DataType). */
export const ELEMENTS = { FLOAT: 1, INT8: 3, INT64: 7 } as const;
export type Element = keyof typeof ELEMENTS;

/** Opset 17 is what every onnxruntime since 1.12 implements; IR version 8 goes with it (ONNX, Versioning.md). */
const OPSET = 17;
const IR_VERSION = 8;

export interface OnnxTensor {
  readonly name: string;
  readonly element: Element;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int8Array | BigInt64Array;
}
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly integers?: Readonly<Record<string, number>>; // attributes
}
/** An input or output of the graph; a text dimension is free, and equal wherever it has the same name. */
export interface OnnxValue {
  readonly name: string;
  readonly element: Element;
  readonly shape: readonly (number | string)[];
}
export interface OnnxGraph {
  readonly name: string;
  readonly producer: string;
  readonly nodes: readonly OnnxNode[];
  readonly weights: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** The graph as a `model.onnx` with its weights inside (at most 2 GB, the limit of a protobuf message). Pure. */
export function onnxBytes({ name, producer, nodes, weights, inputs, outputs }: OnnxGraph): Buffer {
  const graph = new Message()
    .messages(1, nodes.map(nodeMessage))
    .text(2, name)
    .messages(5, weights.map(tensorMessage))
    .messages(11, inputs.map(valueMessage))
    .messages(12, outputs.map(valueMessage));
  return new Message()
    .integer(1, IR_VERSION)
    .text(2, producer)
    .message(7, graph)
    .message(8, new Message().text(1, '').integer(2, OPSET))
    .encoded();
}

/** The numbers as they lie in a file: little-endian, as on every computer that Node runs on. Pure. */
export function bytesOf({ values }: Pick<OnnxTensor, 'values'>): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function nodeMessage({ op, inputs, outputs, integers = {} }: OnnxNode): Message {
  const node = new Message();
  for (const input of inputs) node.text(1, input);
  for (const output of outputs) node.text(2, output);
  node.text(3, outputs[0] ?? op).text(4, op);
  for (const [name, value] of Object.entries(integers)) {
    node.message(5, new Message().text(1, name).integer(3, value).integer(20, 2)); // AttributeProto: i, type INT
  }
  return node;
}

function tensorMessage(tensor: OnnxTensor): Message {
  const message = new Message();
  for (const size of tensor.shape) message.integer(1, size);
  return message.integer(2, ELEMENTS[tensor.element]).text(8, tensor.name).bytes(9, bytesOf(tensor));
}

function valueMessage({ name, element, shape }: OnnxValue): Message {
  const dimensions = new Message();
  for (const size of shape) {
    const dimension = new Message();
    dimensions.message(1, typeof size === 'number' ? dimension.integer(1, size) : dimension.text(2, size));
  }
  const tensorType = new Message().integer(1, ELEMENTS[element]).message(2, dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, tensorType));
}
