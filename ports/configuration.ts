import type { Roster } from '../domain/approval';
import type { Fleet } from '../domain/fleet';
import type { Digest, ModelName } from '../domain/ids';
import type { ModelPolicy } from '../domain/model-policy';

/** A file as installed, with the digest that plans carry. */
export interface Installed<T> {
  readonly value: T;
  readonly digest: Digest;
}
/**
 * What is installed on the control side: fleet, model policies, roster. Read when a plan is resolved and when a promotion starts.
 * Every method: @throws `InvalidPlan` (final) naming every problem of the file; `FreightNotFound` (final) where there is none
 */
export interface Configuration {
  fleet(): Promise<Installed<Fleet>>;
  models(): Promise<readonly ModelName[]>;
  model(model: ModelName): Promise<Installed<ModelPolicy>>;
  /** Checked against the fleet's root key; lower versions than seen before are the caller's to refuse. */
  roster(): Promise<Roster>;
  /** What `apply` would install, checked just as it would; installs nothing. @throws `InvalidPlan` (final) */
  check(files: readonly { readonly name: string; readonly text: string }[]): Promise<readonly string[]>;
  /** Installs checked text under its name, all or nothing. @throws `InvalidPlan` (final) */
  apply(files: readonly { readonly name: string; readonly text: string }[]): Promise<readonly string[]>;
}
