import { bytesOf, type Element, type OnnxTensor } from './onnx';

const DTYPES: Readonly<Record<Element, string>> = { FLOAT: 'F32', INT8: 'I8', INT64: 'I64' };

/**
 * The tensors as a safetensors file: 8 bytes of header length, JSON header, tensors without gaps in the order given.
 * The header is padded with spaces so that the first tensor starts at a multiple of 8 (safetensors, Format). Pure.
 */
export function safetensorsBytes(
  tensors: readonly OnnxTensor[],
  metadata: Readonly<Record<string, string>>,
): readonly Uint8Array[] {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let at = 0;
  for (const { name, element, shape, values } of tensors) {
    header[name] = { dtype: DTYPES[element], shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const json = JSON.stringify(header);
  const padded = Buffer.from(json.padEnd(Math.ceil(Buffer.byteLength(json) / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.byteLength));
  return [length, padded, ...tensors.map(bytesOf)];
}
