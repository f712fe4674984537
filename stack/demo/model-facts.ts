import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** What the files of a version hold, measured and not told. */
export interface ModelFacts {
  readonly version: string;
  readonly embeddingBytes: number; // of the largest tensor, as it is stored
  readonly bytesAsFp32: number; // of the same, at four bytes an element
  readonly onnxBytes: number;
  readonly goldenCases: number;
}

const header = z.record(z.string(), z.unknown());
const tensor = z.object({ shape: z.array(z.number().int()), data_offsets: z.tuple([z.number(), z.number()]) });

export async function modelFacts(folder: string, version: string): Promise<ModelFacts> {
  const at = (name: string) => path.join(folder, version, name);
  const tensors = await tensorsOf(at('model.safetensors'));
  const sizes = tensors.map(({ shape, data_offsets: [from, to] }) => {
    let elements = 1;
    for (const length of shape) elements *= length;
    return { embeddingBytes: to - from, bytesAsFp32: 4 * elements };
  });
  const largest = sizes.sort((a, b) => b.bytesAsFp32 - a.bytesAsFp32)[0];
  const golden = await readFile(at('golden.jsonl'), 'utf8');
  return {
    version,
    ...(largest ?? { embeddingBytes: 0, bytesAsFp32: 0 }),
    onnxBytes: (await stat(at('model.onnx'))).size,
    goldenCases: golden.split('\n').filter((line) => line.includes('"inputs"')).length,
  };
}

/** The header of a safetensors file: 8 bytes of length, then JSON (safetensors, Format). */
async function tensorsOf(file: string): Promise<readonly z.infer<typeof tensor>[]> {
  const handle = await open(file);
  try {
    const length = Buffer.alloc(8);
    await handle.read(length, 0, 8, 0);
    const text = Buffer.alloc(Number(length.readBigUInt64LE()));
    await handle.read(text, 0, text.byteLength, 8);
    const entries = Object.entries(header.parse(JSON.parse(text.toString('utf8'))));
    return entries.filter(([name]) => name !== '__metadata__').map(([, entry]) => tensor.parse(entry));
  } finally {
    await handle.close();
  }
}
