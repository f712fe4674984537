import { readFileSync } from 'node:fs';
import path from 'node:path';
import { OciRegistry } from '../../adapters/registry/oci';
import { noise, packed, pushFreight } from './freight';
import type { Stage } from './stack';

/**
 * Pushes a version that no region has: the detector as it was trained, with its golden set, and as many bytes of its own as asked.
 * @returns its digest
 */
export async function pushVersion(stage: Stage, version: string, ownBytes = 64 * 1024): Promise<string> {
  const read = (name: string) => readFileSync(path.join(stage.modelFolder, 'v1', name));
  const seed = [...version].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  const files = { 'model.onnx': read('model.onnx'), 'own.bin': noise(ownBytes, seed) };
  const golden = read('golden.jsonl').toString('utf8');
  const freight = packed({ version, files, golden, requires: { runtime: 'onnxruntime', gpu: 'none' } });
  return pushFreight(new OciRegistry({ url: stage.stack.addresses.registry }), 'models/fraud', freight);
}
