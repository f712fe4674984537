import * as ort from 'onnxruntime-node';
import { Refusal } from './refusal';

/** A tensor that a model takes or gives; -1 and names are free dimensions. */
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}
interface Kind {
  readonly type: ort.Tensor.Type;
  fill(data: readonly unknown[]): ort.Tensor.DataType;
  readonly accepts: (value: unknown) => boolean;
}

const isNumber = (value: unknown) => typeof value === 'number';
const isBoolean = (value: unknown) => typeof value === 'boolean' || value === 0 || value === 1;
const isWithin = (least: number, most: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
const isSafe = isWithin(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER); // beyond it JSON.parse has lost bits
const isSafeNatural = isWithin(0, Number.MAX_SAFE_INTEGER);

/** Datatypes of the Open Inference Protocol that JSON carries without loss, and what onnxruntime calls them. */
const KINDS: Readonly<Record<string, Kind>> = {
  BOOL: { type: 'bool', fill: (data) => Uint8Array.from(data as number[], Number), accepts: isBoolean },
  UINT8: { type: 'uint8', fill: (data) => Uint8Array.from(data as number[]), accepts: isWithin(0, 0xff) },
  INT8: { type: 'int8', fill: (data) => Int8Array.from(data as number[]), accepts: isWithin(-0x80, 0x7f) },
  UINT16: { type: 'uint16', fill: (data) => Uint16Array.from(data as number[]), accepts: isWithin(0, 0xffff) },
  INT16: { type: 'int16', fill: (data) => Int16Array.from(data as number[]), accepts: isWithin(-0x8000, 0x7fff) },
  UINT32: { type: 'uint32', fill: (data) => Uint32Array.from(data as number[]), accepts: isWithin(0, 0xffff_ffff) },
  INT32: {
    type: 'int32',
    fill: (data) => Int32Array.from(data as number[]),
    accepts: isWithin(-0x8000_0000, 0x7fff_ffff),
  },
  UINT64: { type: 'uint64', fill: (data) => BigUint64Array.from(data as number[], BigInt), accepts: isSafeNatural },
  INT64: { type: 'int64', fill: (data) => BigInt64Array.from(data as number[], BigInt), accepts: isSafe },
  FP32: { type: 'float32', fill: (data) => Float32Array.from(data as number[]), accepts: isNumber },
  FP64: { type: 'float64', fill: (data) => Float64Array.from(data as number[]), accepts: isNumber },
};
const DATATYPE_OF = new Map(Object.entries(KINDS).map(([datatype, { type }]) => [type, datatype]));

/** The protocol's name of a type. @throws Refusal (400) for what JSON does not carry: half floats, text, sequences */
export function datatypeOf(type: ort.Tensor.Type, name: string): string {
  const datatype = DATATYPE_OF.get(type);
  if (datatype === undefined) {
    throw new Refusal(400, `tensor ${name} is of type ${type}; this runtime carries ${Object.keys(KINDS).join(', ')}`);
  }
  return datatype;
}

/** Builds a tensor whose data and shape were checked. @throws Refusal (400) where a value does not fit the datatype */
export function tensorOf({ name, datatype }: TensorMetadata, shape: readonly number[], data: readonly unknown[]) {
  const kind = KINDS[datatype]!;
  for (const value of data) {
    if (!kind.accepts(value)) throw new Refusal(400, `input ${name}: ${JSON.stringify(value)} is no ${datatype}`);
  }
  return new ort.Tensor(kind.type, kind.fill(data), shape);
}

/** A tensor of zeros, with 1 for every free dimension: what a model is warmed up with. */
export function zerosOf(metadata: TensorMetadata): ort.Tensor {
  const shape = metadata.shape.map((size) => Math.max(1, size));
  let count = 1;
  for (const size of shape) count *= size;
  return new ort.Tensor(
    KINDS[metadata.datatype]!.type,
    KINDS[metadata.datatype]!.fill(new Array(count).fill(0)),
    shape,
  );
}

/** An output as JSON text. JSON has no NaN and no infinity: they become `null`, and integers keep all their digits. */
export function outputJson(name: string, tensor: ort.Tensor): string {
  const datatype = datatypeOf(tensor.type, name);
  const values = tensor.data as Float32Array | Float64Array | BigInt64Array;
  const isFloat = datatype === 'FP32' || datatype === 'FP64';
  let data = datatype === 'BOOL' ? Array.from(values as Float32Array, Boolean).join() : values.join();
  if (isFloat && /[aI]/.test(data)) data = data.replace(/NaN|-?Infinity/g, 'null');
  return `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${tensor.dims.join()}],"data":[${data}]}`;
}
