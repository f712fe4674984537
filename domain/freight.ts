import type { Digest, ModelName } from './ids';

/** One file of a freight: a layer of its OCI manifest. */
export interface FreightFile {
  readonly path: string; // relative, forward slashes, no `.` or `..` segment; unique in the freight
  readonly digest: Digest;
  readonly bytes: number;
  readonly mediaType: string;
}

/** What a freight asks of the region that serves it; an absent field asks for nothing. */
export interface Requirements {
  readonly runtime?: string; // e.g. `onnxruntime`; compared with the runtime's platform
  readonly gpu?: string; // e.g. `nvidia`, or `none`
  readonly driver?: string; // lowest driver version, dotted decimals
  readonly memoryBytes?: number; // headroom for loading beside the live version
}

/** The immutable set of files promoted together, named by the digest of its OCI manifest. */
export interface Freight {
  readonly digest: Digest;
  readonly model: ModelName;
  readonly version: string; // for people, e.g. `v2`; the digest is the identity
  readonly files: readonly FreightFile[];
  readonly requires: Requirements;
  readonly goldenSet: Digest | null; // the layer with the golden set; null: none
}

/** Media types of meridian's freight. ModelPack's weight and config types are read as well. */
export const MEDIA_TYPES = {
  artifact: 'application/vnd.meridian.freight.v1',
  config: 'application/vnd.meridian.freight.config.v1+json',
  golden: 'application/vnd.meridian.golden-set.v1+jsonl',
  weights: 'application/vnd.meridian.weights.v1',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
} as const;

/** The annotation that names a layer's file (OCI image-spec, pre-defined annotation keys). */
export const TITLE_ANNOTATION = 'org.opencontainers.image.title';
export const VERSION_ANNOTATION = 'org.opencontainers.image.version';

/** The most that a manifest may weigh: what registries accept (distribution-spec, pushing manifests: at least 4 MiB). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

export function freightBytes({ files }: Pick<Freight, 'files'>): number {
  let bytes = 0;
  for (const file of files) bytes += file.bytes;
  return bytes;
}
