import { setImmediate, setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { MemoryManifest } from '../../../adapters/manifest/memory';
import type { EngineClient, PendingActivity, PromotionKey } from '../../../api/engine-client';
import { ApiError } from '../../../api/errors';
import type { ApiPorts, Secrets } from '../../../api/ports';
import { createServer } from '../../../api/server';
import { Failure } from '../../../domain/failures';
import type { Digest, ModelName, RegionId } from '../../../domain/ids';
import type { LineState, Offer, OfferAnswer, PromotionStatus, RolloutStatus } from '../../../workflows/contract';

export const FRAUD = 'fraud' as ModelName;
export const EU = 'eu-north' as RegionId;
export const US = 'us-east' as RegionId;
export const V1 = `sha256:${'1'.repeat(64)}` as Digest;
export const V2 = `sha256:${'2'.repeat(64)}` as Digest;
export const HOOK_SECRET = 'a hook secret';

/** An engine that remembers what it was given and answers as it was told. */
export class FakeEngine implements EngineClient {
  readonly address = '127.0.0.1:7233';
  readonly offers: { readonly model: ModelName; readonly offer: Offer }[] = [];
  readonly updates: { readonly to: string; readonly verb: string; readonly statement: string }[] = [];
  answer: OfferAnswer = { kind: 'started', promotion: 'promotion/fraud/1', epoch: 1, planHash: V1 };
  failure: Error | null = null;
  promotion: PromotionStatus | null = null;
  rollouts: Partial<Record<RegionId, RolloutStatus>> = {};
  activities: Readonly<Record<string, readonly PendingActivity[]>> = {}; // by region, and of the `hub`

  async offer(model: ModelName, offer: Offer): Promise<OfferAnswer> {
    this.orFail();
    this.offers.push({ model, offer });
    return this.answer;
  }
  async plan(): Promise<never> {
    this.orFail();
    throw new Failure('FreightNotFound', 'registry 127.0.0.1:5000 has no fraud@sha256:1111');
  }
  async line(): Promise<LineState> {
    this.orFail();
    const empty = { queue: [], current: null, beside: [], live: V1, denied: {}, freezes: [], held: null, history: [] };
    return { epoch: 3, ...empty, usedJtis: [], roster: null };
  }
  updateLine(model: ModelName, verb: string, statement: string): Promise<string> {
    return this.update(`line/${model}`, verb, statement);
  }
  updatePromotion({ model, epoch }: PromotionKey, verb: string, statement: string): Promise<string> {
    return this.update(`promotion/${model}/${epoch}`, verb, statement);
  }
  async status({ model, epoch }: PromotionKey): Promise<PromotionStatus> {
    this.orFail();
    if (this.promotion) return this.promotion;
    throw new ApiError(404, 'NotFound', `there is no promotion/${model}/${epoch}, or it has ended`);
  }
  async rollout(_promotion: PromotionKey, region: RegionId): Promise<RolloutStatus> {
    const rollout = this.rollouts[region];
    if (rollout) return rollout;
    throw new ApiError(503, 'WorkerUnavailable', `nobody answers for ${region}`);
  }
  async pending(_promotion: PromotionKey, region?: RegionId): Promise<readonly PendingActivity[]> {
    return this.activities[region ?? 'hub'] ?? [];
  }
  async check(): Promise<void> {
    this.orFail();
  }
  async close(): Promise<void> {}

  private async update(to: string, verb: string, statement: string): Promise<string> {
    this.orFail();
    this.updates.push({ to, verb, statement });
    return `${verb} done`;
  }
  private orFail(): void {
    if (this.failure) throw this.failure;
  }
}

export interface Api {
  readonly app: FastifyInstance;
  readonly engine: FakeEngine;
  readonly manifest: MemoryManifest;
  readonly tags: Map<string, Digest>; // `repository:tag` -> what the registry says
  readonly looks: string[]; // what the registry was asked
  readonly installed: string[];
  readonly ports: ApiPorts;
}

export function makeApi(secrets: Partial<Secrets> = {}): Api {
  const [engine, manifest] = [new FakeEngine(), new MemoryManifest()];
  const [tags, looks, installed] = [new Map<string, Digest>(), [] as string[], [] as string[]];
  const registry = {
    address: '127.0.0.1:5000',
    resolve: async (repository: string, tag: string) => {
      looks.push(`${repository}:${tag}`);
      await setImmediate();
      return tags.get(`${repository}:${tag}`);
    },
  };
  const policy = { value: { source: { repository: 'models/fraud', tags: ['latest', 'hotfix'] } }, digest: V1 };
  const configuration = {
    fleet: async () => ({ value: {}, digest: V1 }),
    models: async () => [FRAUD],
    model: async () => policy,
    check: async (files: readonly { readonly name: string }[]) => refuseBad(files.map(({ name }) => name)),
    apply: async (files: readonly { readonly name: string }[]) => {
      installed.push(...refuseBad(files.map(({ name }) => name)));
      return [...installed];
    },
  };
  const clock = {
    nowMs: () => Date.now(),
    sleep: (ms: number, signal: AbortSignal) => setTimeout(Math.min(ms, 5), undefined, { signal }),
  };
  const ports = { engine, manifest, configuration, registryOf: () => registry, clock } as unknown as ApiPorts;
  const app = createServer({ ports, secrets: { hook: HOOK_SECRET, token: null, isLocal: true, ...secrets } });
  return { app, engine, manifest, tags, looks, installed, ports };
}

function refuseBad(names: readonly string[]): readonly string[] {
  if (names.includes('bad.yaml')) throw new Failure('InvalidPlan', 'bad.yaml:3: regions: expected a list, found text');
  return names;
}

/** A compact JWS by shape; nobody here checks its signature. */
export function statementOf(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'EdDSA' })}.${part(claims)}.${'A'.repeat(86)}`;
}
