import { Context } from '@temporalio/activity';
import { readFile, readFreight } from '../distribution';
import { answerCases } from '../distribution/golden-answers';
import type { ValidationEvidence } from '../domain/evidence';
import { servedName, type Digest, type ModelName } from '../domain/ids';
import type { Tolerance } from '../domain/model-policy';
import type { RegionPorts } from '../ports';
import type { Freight } from '../domain/freight';

export interface ValidateInput {
  readonly model: ModelName;
  readonly freight: Digest;
  readonly tolerance: Tolerance;
}

export function validation({ regional, inference, clock }: Pick<RegionPorts, 'regional' | 'inference' | 'clock'>) {
  return { validate };

  /**
   * Answers the golden set on the region's own hardware, with no user traffic. Idempotent. Heartbeats per case.
   * What the runtime refuses is evidence, not a failure. @throws `RegionUnreachable`, `NotReady` (retried)
   */
  async function validate({ model, freight: digest, tolerance }: ValidateInput): Promise<ValidationEvidence> {
    const { cancellationSignal: signal, heartbeat } = Context.current();
    const freight = await readFreight(regional, digest, signal);
    const name = servedName(model, digest);
    const fingerprint = await inference.fingerprint();
    const answers = await answerCases({
      goldenSet: goldenBytes(freight, signal),
      infer: (request) => inference.infer(name, request, signal),
      servedName: name,
      tolerance,
      nowMs: () => clock.nowMs(),
      signal,
      onCase: (cases) => heartbeat({ cases }),
    });
    return { freight: digest, goldenSet: freight.goldenSet, fingerprint, ...answers };
  }

  async function* goldenBytes({ goldenSet, files }: Freight, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const file = files.find(({ digest }) => digest === goldenSet);
    if (file) yield* readFile(regional, file, signal);
  }
}
