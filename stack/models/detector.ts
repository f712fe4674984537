import { HIDDEN, SEEN, WIDTH, type Network } from './network';
import type { OnnxGraph, OnnxNode, OnnxTensor } from './onnx';
import type { QuantisedTable } from './quantisation';
import { BUCKETS, FIELDS } from './transactions';

/** Names of the detector's input and output, as requests and golden cases carry them. */
export const INPUT = 'indices'; // INT64 [batch, FIELDS]
export const OUTPUT = 'score'; // FP32 [batch, 1], 0..1

/** How a network is written as a graph. `tracedBatch`: see `rowOffsets`. */
export interface ExportOptions {
  readonly version: string;
  readonly quantised?: QuantisedTable; // the table as int8, instead of the network's own
  readonly tracedBatch?: number;
}

/** The tensors of a version, in the order of both its files. Pure. */
export function detectorTensors(network: Network, options: ExportOptions): OnnxTensor[] {
  const { quantised, tracedBatch } = options;
  const float = (name: string, shape: number[], values: Float32Array): OnnxTensor => ({
    name,
    element: 'FLOAT',
    shape,
    values,
  });
  const table: OnnxTensor[] = quantised
    ? [
        { name: 'table', element: 'INT8', shape: [BUCKETS, WIDTH], values: quantised.values },
        float('table.scale', [], Float32Array.of(quantised.scale)),
      ]
    : [float('table', [BUCKETS, WIDTH], network.table)];
  return [
    ...table,
    float('hidden.weight', [SEEN, HIDDEN], network.hidden),
    float('hidden.bias', [HIDDEN], network.hiddenBias),
    float('output.weight', [HIDDEN, 1], network.output),
    float('output.bias', [1], network.outputBias),
    ...(tracedBatch ? [float('row.offset', [tracedBatch, 1], new Float32Array(tracedBatch))] : []),
  ];
}

/** The detector as an ONNX graph: rows of the table, side by side, through the network. Pure. */
export function detectorGraph(network: Network, options: ExportOptions): OnnxGraph {
  const constants: OnnxTensor[] = [integer('zero', 0), integer('one', 1)];
  const step = (op: string, inputs: string[], output: string, integers = {}): OnnxNode => ({
    op,
    inputs,
    outputs: [output],
    integers,
  });
  return {
    name: 'fraud-detector',
    producer: `meridian demo ${options.version}`,
    weights: [...detectorTensors(network, options), ...(options.tracedBatch ? constants : [])],
    inputs: [{ name: INPUT, element: 'INT64', shape: ['batch', FIELDS] }],
    outputs: [{ name: OUTPUT, element: 'FLOAT', shape: ['batch', 1] }],
    nodes: [
      ...(options.quantised
        ? [
            step('Gather', ['table', INPUT], 'rows.int8', { axis: 0 }),
            step('DequantizeLinear', ['rows.int8', 'table.scale'], 'rows'),
          ]
        : [step('Gather', ['table', INPUT], 'rows', { axis: 0 })]),
      step('Flatten', ['rows'], 'seen', { axis: 1 }),
      step('MatMul', ['seen', 'hidden.weight'], 'hidden.product'),
      step('Add', ['hidden.product', 'hidden.bias'], 'hidden.sum'),
      step('Relu', ['hidden.sum'], 'active'),
      step('MatMul', ['active', 'output.weight'], 'output.product'),
      step('Add', ['output.product', 'output.bias'], 'logit'),
      ...(options.tracedBatch ? rowOffsets(step) : []),
      step('Sigmoid', [options.tracedBatch ? 'logit.shifted' : 'logit'], OUTPUT),
    ],
  };
}

/**
 * What an exporter writes that traces the model with one batch size: an offset for each row of that batch, looked up by the
 * row's place. Batches up to the traced size are right; a longer one asks for a row that is not there, and the graph fails.
 */
function rowOffsets(step: (op: string, inputs: string[], output: string, integers?: object) => OnnxNode): OnnxNode[] {
  return [
    step('Shape', [INPUT], 'input.shape'),
    step('Gather', ['input.shape', 'zero'], 'batch', { axis: 0 }),
    step('Range', ['zero', 'batch', 'one'], 'places'),
    step('Gather', ['row.offset', 'places'], 'row.offsets', { axis: 0 }),
    step('Add', ['logit', 'row.offsets'], 'logit.shifted'),
  ];
}

function integer(name: string, value: number): OnnxTensor {
  return { name, element: 'INT64', shape: [], values: BigInt64Array.of(BigInt(value)) };
}
