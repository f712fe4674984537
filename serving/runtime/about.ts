import { arch, cpus, freemem, platform } from 'node:os';
import * as ort from 'onnxruntime-node';

/** Release of the runtime's protocol and behaviour, for fingerprints. */
const RELEASE = '0.1.0';

/**
 * What `GET /v2` answers: name, version and extensions as the protocol has them; in `parameters` what evidence is keyed by,
 * and the memory that is free now.
 */
export function about() {
  return {
    name: 'meridian-runtime',
    version: RELEASE,
    extensions: ['model_repository'],
    parameters: {
      engine: `onnxruntime ${ort.env.versions.node ?? ort.env.versions.common}`,
      platform: `${platform()}-${arch()} cpu`,
      hardware: cpus()[0]?.model.trim() || arch(),
      driver: '',
      free_memory_bytes: freemem(),
    },
  };
}
