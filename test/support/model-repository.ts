import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RuntimeConfig } from '../../serving/runtime/config';
import { onnxBytes, type OnnxGraph, type OnnxTensor } from '../../stack/models/onnx';

export const TOKEN = 'runtime-token';

/** A real model: `y` is the sum of each row of `x` [rows, 4], times `factor`. */
export function rowSums(factor = 1): Buffer {
  return onnxBytes(graph([], 'product', factor));
}

/** The same, but with an offset for two rows only: it fails on more, as a graph does that was traced with a batch of two. */
export function rowSumsOfTwo(): Buffer {
  const traced = graph([{ op: 'Add', inputs: ['product', 'offset'], outputs: ['y'] }], 'y', 1);
  const offset: OnnxTensor = { name: 'offset', element: 'FLOAT', shape: [2, 1], values: Float32Array.of(0, 0) };
  return onnxBytes({ ...traced, weights: [...traced.weights, offset] });
}

function graph(more: OnnxGraph['nodes'], last: string, factor: number): OnnxGraph {
  const product = more.length > 0 ? 'product' : 'y';
  return {
    name: last,
    producer: 'meridian test',
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: [product] }, ...more],
    weights: [{ name: 'w', element: 'FLOAT', shape: [4, 1], values: new Float32Array(4).fill(factor) }],
    inputs: [{ name: 'x', element: 'FLOAT', shape: ['rows', 4] }],
    outputs: [{ name: 'y', element: 'FLOAT', shape: ['rows', 1] }],
  };
}

/** A folder of its own with these models, and what a runtime over it is started with. */
export async function modelRepository(models: Readonly<Record<string, Uint8Array>>): Promise<RuntimeConfig> {
  const folder = await mkdtemp(path.join(tmpdir(), 'meridian-runtime-'));
  for (const [name, bytes] of Object.entries(models)) {
    await mkdir(path.join(folder, 'models', name, '1'), { recursive: true });
    await writeFile(path.join(folder, 'models', name, '1', 'model.onnx'), bytes);
  }
  await mkdir(path.join(folder, 'models'), { recursive: true });
  await writeFile(path.join(folder, 'token'), `${TOKEN}\n`);
  return {
    host: '127.0.0.1',
    port: 0,
    modelRepository: path.join(folder, 'models'),
    stateDir: path.join(folder, 'state'),
    tokenFile: path.join(folder, 'token'),
    threads: 1,
    tls: null,
  };
}
