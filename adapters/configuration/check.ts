import { createHash } from 'node:crypto';
import { verifyRoster, type Roster } from '../../domain/approval';
import { Failure } from '../../domain/failures';
import { resolveFleet } from '../../domain/files/fleet';
import { problemsOfPolicyAlone, resolvePolicy } from '../../domain/files/policy';
import { problemLine, type Checked, type Problem, type SourceFile } from '../../domain/files/source';
import type { Fleet } from '../../domain/fleet';
import { isName, parseDigest, parseModelName, type ModelName } from '../../domain/ids';
import type { ModelPolicy } from '../../domain/model-policy';
import type { Installed } from '../../ports/configuration';
import { readYaml } from './yaml';

export const FLEET_FILE = 'fleet.yaml';
export const ROSTER_FILE = 'roster.jws';
export const MODELS_FOLDER = 'models';
/** Far above a fleet of 500 regions; a file that is larger was not written by hand. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** A file as somebody wants it installed. */
export interface FileText {
  readonly name: string; // below the configuration directory
  readonly text: string;
}
/** Everything that is installed, checked together. */
export interface Installation {
  readonly fleet: Installed<Fleet> | undefined;
  readonly models: ReadonlyMap<ModelName, Installed<ModelPolicy>>;
  readonly roster: Roster | undefined;
}

export function notInstalled(name: string): Failure {
  return new Failure(
    'FreightNotFound',
    `there is no ${name}: write one, as in examples/, and install it with: meridian apply`,
  );
}

export function modelFile(model: ModelName): string {
  return `${MODELS_FOLDER}/${model}.yaml`;
}

/** The model of `models/<name>.yaml`; undefined for any other name. */
export function modelOf(file: string): ModelName | undefined {
  const name = /^models\/([^/]+)\.yaml$/.exec(file)?.[1];
  return name !== undefined && isName(name) ? parseModelName(name) : undefined;
}

/** @throws `InvalidPlan` (final) naming every problem of the file */
export function checkFleet(text: string): Installed<Fleet> {
  return installed(FLEET_FILE, text, resolveFleet);
}

/** @throws `InvalidPlan` (final) naming every problem of the file */
export function checkModel(model: ModelName, text: string, fleet: Fleet): Installed<ModelPolicy> {
  return installed(modelFile(model), text, (file) => resolvePolicy(file, fleet));
}

/** @throws `InvalidPlan` (final) */
export function checkRoster(text: string, rootPublicKey: string, seenVersion = 0): Roster {
  const answer = verifyRoster(text.trim(), rootPublicKey, seenVersion);
  if ('ok' in answer) return answer.ok;
  throw new Failure('InvalidPlan', `${ROSTER_FILE}: ${answer.refused}`);
}

/** The version of a roster that stands; 0 where there is none that holds, so that a good one can take its place. */
export function rosterVersion(text: string | undefined, rootPublicKey: string): number {
  const answer = verifyRoster(text?.trim() ?? '', rootPublicKey, 0);
  return 'ok' in answer ? answer.ok.version : 0;
}

/**
 * Checks files together, by name: each model file against this fleet, or by itself where the fleet is wrong.
 * @throws `InvalidPlan` (final) naming every problem of every file
 */
export function checkAll(texts: ReadonlyMap<string, string>, rootPublicKey: string, seenVersion = 0): Installation {
  const problems: string[] = [];
  const attempt = <T>(check: () => T): T | undefined => {
    try {
      return check();
    } catch (err) {
      if (!(err instanceof Failure) || err.type !== 'InvalidPlan') throw err;
      problems.push(err.message);
      return undefined;
    }
  };
  const [fleetText, rosterText] = [texts.get(FLEET_FILE), texts.get(ROSTER_FILE)];
  const fleet = fleetText === undefined ? undefined : attempt(() => checkFleet(fleetText));
  const roster =
    rosterText === undefined ? undefined : attempt(() => checkRoster(rosterText, rootPublicKey, seenVersion));
  const models = new Map<ModelName, Installed<ModelPolicy>>();
  for (const [name, text] of texts) {
    if (name === FLEET_FILE || name === ROSTER_FILE) continue;
    const policy = attempt(() => checkModelFile(name, text, fleet?.value));
    if (policy) models.set(policy.value.model, policy);
  }
  if (fleetText === undefined && [...texts.keys()].some(modelOf)) {
    problems.push(`there is no ${FLEET_FILE} yet; install it together with its models`);
  }
  if (problems.length > 0) throw new Failure('InvalidPlan', problems.join('\n'));
  return { fleet, models, roster };
}

function checkModelFile(name: string, text: string, fleet: Fleet | undefined): Installed<ModelPolicy> | undefined {
  const model = modelOf(name);
  if (!model)
    throw new Failure('InvalidPlan', `${name}: a configuration has ${FLEET_FILE}, models/<name>.yaml, ${ROSTER_FILE}`);
  if (fleet) return checkModel(model, text, fleet);
  const file = readYaml(name, text);
  const problems = file.problems.length > 0 ? file.problems : problemsOfPolicyAlone(file);
  if (problems.length > 0) throw invalid(problems);
  return undefined;
}

function installed<T>(name: string, text: string, resolve: (file: SourceFile) => Checked<T>): Installed<T> {
  const file = readYaml(name, text);
  if (file.problems.length > 0) throw invalid(file.problems);
  const checked = resolve(file);
  if (checked.kind === 'problems') throw invalid(checked.problems);
  const digest = parseDigest(`sha256:${createHash('sha256').update(text).digest('hex')}`);
  return { value: checked.value, digest };
}

function invalid(problems: readonly Problem[]): Failure {
  const inOrder = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return new Failure('InvalidPlan', [...new Set(inOrder.map(problemLine))].join('\n'));
}
