declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Content address of a file or manifest: `sha256:` + 64 lowercase hex digits (OCI image-spec, descriptor digest). */
export type Digest = Brand<string, 'Digest'>;
/** Name of one on-premises region, e.g. `eu-north`. Also names its task queue `region.<id>`. */
export type RegionId = Brand<string, 'RegionId'>;
/** Name of a served model, e.g. `fraud`. Also names its line `line/<model>`. */
export type ModelName = Brand<string, 'ModelName'>;
/** Names one gateway node of a region, e.g. `gw-1`; unique in its region. */
export type NodeId = Brand<string, 'NodeId'>;
/** `rollout/<model>/<epoch>/<region>/<attempt>`: what claims and loads are held under. Never reused. */
export type Holder = Brand<string, 'Holder'>;

const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** RFC 1123 label: fits queue names, bucket names, object keys. */
export const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** Parses at the edge, once; everything inside the engine carries `Digest`, never `string`. @throws TypeError */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new TypeError(`not a sha256 digest: ${JSON.stringify(text)}`);
  return text;
}

/** Whether the text may name a region, model or node: a lowercase RFC 1123 label of 1-63 characters. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

export function parseRegionId(text: string): RegionId {
  return parseName(text, 'region') as RegionId;
}

export function parseModelName(text: string): ModelName {
  return parseName(text, 'model') as ModelName;
}

export function parseNodeId(text: string): NodeId {
  return parseName(text, 'node') as NodeId;
}

function parseName(text: string, what: string): string {
  if (!isName(text)) {
    throw new TypeError(
      `not a ${what} name: ${JSON.stringify(text)} (lowercase letters, digits, '-'; 1-63 characters)`,
    );
  }
  return text;
}

/** The first 12 hex digits: what people read and what runtimes load under. */
export function shortDigest(digest: Digest): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}

/** The immutable name under which a runtime loads a freight: `<model>--<digest12>`. Never overwritten in place. */
export function servedName(model: ModelName, freight: Digest): string {
  return `${model}--${shortDigest(freight)}`;
}

export function holderOf(model: ModelName, epoch: number, region: RegionId, attempt: number): Holder {
  return `rollout/${model}/${epoch}/${region}/${attempt}` as Holder;
}
