import type { ModelName, NodeId, RegionId } from './ids';

/** Where bytes rest: an S3 bucket or a directory. Credentials come from the environment or files, never from the fleet file. */
export type StoreRef =
  | { readonly kind: 's3'; readonly endpoint: string; readonly bucket: string; readonly pathPrefix?: string }
  | { readonly kind: 'filesystem'; readonly path: string };

export interface RuntimeRef {
  readonly id: string;
  readonly kind: 'oip'; // Open Inference Protocol v2 over HTTP
  readonly url: string;
}
export interface RouterRef {
  readonly id: NodeId;
  readonly kind: 'gateway';
  readonly url: string; // where applications send requests
  readonly controlUrl: string; // control and counters: the second listener
}
export interface Region {
  readonly id: RegionId;
  readonly jurisdiction: string; // e.g. `EU`; free text that the residency rules use
  readonly timeZone: string; // IANA, e.g. `Europe/Stockholm`
  readonly store: StoreRef;
  readonly cache: { readonly path: string; readonly bytes: number }; // plain files that runtimes read
  readonly runtimes: readonly RuntimeRef[];
  readonly routers: readonly RouterRef[]; // every node
  readonly gpu: string; // e.g. `nvidia`; `none`
}
export interface Link {
  readonly from: RegionId | 'hub';
  readonly to: RegionId | 'hub';
  readonly mbps: number;
  readonly rttMs: number;
  readonly usdPerGB: number; // GB: 10^9 bytes, as links are billed
  readonly carries?: readonly ModelName[]; // residency: the only models whose freight may use the link; absent: all
}
/** The hub, the regions and the links between them, as `fleet.yaml` says. */
export interface Fleet {
  readonly hub: { readonly store: StoreRef; readonly registry: RegistryRef };
  readonly regions: readonly Region[];
  readonly links: readonly Link[];
}
/** Where freight comes from: a registry over HTTP or an OCI image layout on disk. */
export type RegistryRef =
  { readonly kind: 'oci'; readonly url: string } | { readonly kind: 'layout'; readonly path: string };
