import type { Fleet } from '../fleet';
import { parseModelName, parseRegionId } from '../ids';
import type { GatePolicy, ModelPolicy } from '../model-policy';
import { modelSchema, type ModelFile } from './model';
import { modelOfFile, placedIn, problemsOfModel } from './model-checks';
import { parseFile } from './parse';
import type { Checked, Problem, SourceFile } from './source';

/** Reads `models/<name>.yaml` against its fleet: every problem at once, or the policy with its defaults filled in. Pure. */
export function resolvePolicy(file: SourceFile, fleet: Fleet): Checked<ModelPolicy> {
  const { value, problems } = parseFile(modelSchema, file);
  const all = [...problems, ...problemsOfModel(file, fleet)];
  if (all.length > 0 || value === undefined) return { kind: 'problems', problems: all };
  return { kind: 'ok', value: toPolicy(value, modelOfFile(file.name), fleet) };
}

/** What is wrong with a model file by itself, where its fleet cannot be read. Pure. */
export function problemsOfPolicyAlone(file: SourceFile): readonly Problem[] {
  return parseFile(modelSchema, file).problems;
}

function toPolicy(file: ModelFile, name: string, fleet: Fleet): ModelPolicy {
  const { canary, consistency, validation } = file;
  return {
    model: parseModelName(name),
    source: { repository: file.source.repository ?? `models/${name}`, tags: file.source.tags },
    placement: file.placement === 'all' ? 'all' : placedIn(file.placement, fleet).map(parseRegionId),
    waves: file.waves.map((wave) => wave.map(parseRegionId)),
    windowMs: consistency.window,
    deadline: consistency.deadline,
    steps: canary.steps.map(({ weightPct, bake }) => ({ weightPct, bakeMs: bake })),
    flipBakeMs: file.flip.bake,
    lookMs: canary.look,
    leaseMs: canary.lease,
    mode: canary.mode,
    limits: file.limits,
    validation: {
      tolerance: { rtol: validation.rtol, atol: validation.atol },
      minCasesPerSecond: validation.minCasesPerSecond,
    },
    gates: file.approval.gates.map(toGate),
    approvalExpiryMs: file.approval.expiry,
    holdMs: file.hold,
    patienceMs: file.patience,
    onNewDigest: file.onNewDigest,
    keepPrevious: file.retention.previous,
    freezes: file.freezes,
    pollMs: file.poll,
  };
}

type GateFile = ModelFile['approval']['gates'][number];

function toGate({ id, before, quorum, approvers, ...where }: GateFile): GatePolicy {
  return { id, before, quorum, scope: scopeOf(where), ...(approvers && { approvers }) };
}

function scopeOf({
  wave,
  region,
  jurisdiction,
}: Pick<GateFile, 'wave' | 'region' | 'jurisdiction'>): GatePolicy['scope'] {
  if (wave !== undefined) return { kind: 'wave', wave };
  if (region !== undefined) return { kind: 'region', region: parseRegionId(region) };
  if (jurisdiction !== undefined) return { kind: 'jurisdiction', jurisdiction };
  throw new TypeError('a gate without a scope passed its check');
}
