import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MemoryManifest } from '../../../adapters/manifest/memory';
import { MemoryRegistry } from '../../../adapters/registry/memory';
import type { EngineClient, PendingActivity, PromotionKey } from '../../../api/engine-client';
import { ApiError } from '../../../api/errors';
import type { ApiPorts } from '../../../api/ports';
import { createServer } from '../../../api/server';
import { newKeyPair, verifyStatement, type Role, type Roster, type Verified } from '../../../domain/approval';
import { Failure } from '../../../domain/failures';
import type { ModelName, RegionId } from '../../../domain/ids';
import type { PlannedPromotion } from '../../../domain/plan';
import type {
  LineState,
  Offer,
  OfferAnswer,
  PlanRequest,
  PromotionStatus,
  RolloutStatus,
} from '../../../workflows/contract';
import { meridian } from '../../../cli/program';
import type { Registry } from '../../../ports/registry';
import type { RegistryChoice } from '../../../cli/session';
import { line, planned, PLAN_HASH, V1 } from './fixtures';

/** Journeys that check signatures as the real ones do, and answer as they were told. */
export class StageEngine implements EngineClient {
  readonly address = '127.0.0.1:7233';
  readonly offers: { readonly model: string; readonly offer: Offer; readonly said: Verified }[] = [];
  readonly updates: { readonly to: string; readonly verb: string; readonly said: Verified }[] = [];
  readonly planRequests: PlanRequest[] = [];
  answer: OfferAnswer = { kind: 'started', promotion: 'promotion/fraud/7', epoch: 7, planHash: PLAN_HASH };
  failure: Error | null = null;
  lineState: LineState | null = line();
  plans: PlannedPromotion = planned();
  looks: (PromotionStatus | Error)[] = []; // what `status` answers, the last one for ever
  rollouts: Partial<Record<RegionId, RolloutStatus>> = {};
  activities: Readonly<Record<string, readonly PendingActivity[]>> = {}; // by region, and of the `hub`

  constructor(readonly roster: Roster) {}

  async offer(model: ModelName, offer: Offer): Promise<OfferAnswer> {
    this.offers.push({ model, offer, said: this.verified(offer.statement ?? '') });
    return this.answer;
  }
  async plan(_model: ModelName, request: PlanRequest): Promise<PlannedPromotion> {
    this.orFail();
    this.planRequests.push(request);
    return this.plans;
  }
  async line(model: ModelName): Promise<LineState> {
    this.orFail();
    if (this.lineState) return this.lineState;
    throw new ApiError(404, 'NotFound', `there is no line/${model}, or it has ended`);
  }
  updateLine(model: ModelName, verb: string, statement: string): Promise<string> {
    return this.update(`line/${model}`, verb, statement);
  }
  updatePromotion({ model, epoch }: PromotionKey, verb: string, statement: string): Promise<string> {
    return this.update(`promotion/${model}/${epoch}`, verb, statement);
  }
  async status({ model, epoch }: PromotionKey): Promise<PromotionStatus> {
    this.orFail();
    const look = this.looks.length > 1 ? this.looks.shift() : this.looks[0];
    if (look instanceof Error) throw look;
    if (look) return look;
    throw new ApiError(404, 'NotFound', `there is no promotion/${model}/${epoch}, or it has ended`);
  }
  async rollout(_promotion: PromotionKey, region: RegionId): Promise<RolloutStatus> {
    const found = this.rollouts[region];
    if (found) return found;
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
    this.updates.push({ to, verb, said: this.verified(statement) });
    return `${verb} done`;
  }
  private verified(statement: string): Verified {
    const read = verifyStatement(statement, this.roster, Date.now());
    if ('ok' in read) return read.ok;
    throw new ApiError(403, 'Forbidden', read.refused);
  }
  private orFail(): void {
    if (this.failure) throw this.failure;
  }
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly answers?: readonly string[]; // a person is there and says so
  readonly terminal?: boolean; // stdout is one
  readonly interrupted?: AbortSignal;
}

/** The command against a real api over memory parts, with two people's keys, in a folder of its own. */
export class Stage {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'meridian-cli-'));
  readonly manifest = new MemoryManifest();
  readonly registry = new MemoryRegistry();
  readonly registries: RegistryChoice[] = []; // what was asked for
  readonly configured: { readonly name: string; readonly text: string }[] = [];
  readonly engine: StageEngine;
  readonly ada: string; // key file of a starter and operator
  readonly grace: string; // of an approver
  url = '';
  registryAt: (choice: RegistryChoice) => Registry = (choice) => {
    this.registries.push(choice);
    return this.registry;
  };
  private readonly server;

  constructor() {
    const [ada, grace] = [person('ada', ['starter', 'operator'], 1), person('grace', ['approver'], 2)];
    this.ada = this.file('ada.key', JSON.stringify(ada.key));
    this.grace = this.file('grace.key', JSON.stringify(grace.key));
    this.engine = new StageEngine({ version: 1, actors: [ada.actor, grace.actor] });
    this.server = createServer({ ports: this.ports(), secrets: { hook: null, token: null, isLocal: true } });
  }

  async open(): Promise<this> {
    await this.server.listen({ host: '127.0.0.1', port: 0 });
    this.url = `http://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
    return this;
  }
  /** Nobody listens there any more. */
  async closeApi(): Promise<void> {
    await this.server.close();
  }
  async close(): Promise<void> {
    await this.closeApi();
    rmSync(this.folder, { recursive: true, force: true });
  }

  file(name: string, text: string): string {
    const at = path.join(this.folder, name);
    writeFileSync(at, text, { mode: 0o600 });
    return at;
  }

  /** Runs a command as ada, unless the environment says otherwise. */
  async run(
    args: readonly string[],
    { env = {}, answers = [], terminal = false, interrupted }: RunOptions = {},
  ): Promise<Ran> {
    let [out, err] = ['', ''];
    const said = [...answers];
    const code = await meridian(args, '1.2.3', {
      terminal: {
        env: { MERIDIAN_API: this.url, MERIDIAN_KEY_FILE: this.ada, ...env },
        ...{ width: 80, height: 24, redraws: terminal, colours: terminal, asks: answers.length > 0 },
        interrupted: interrupted ?? new AbortController().signal,
        out: (text) => void (out += text),
        note: (text) => void (err += text),
        ask: async (question) => {
          err += question;
          return said.shift() ?? '';
        },
      },
      clock: { nowMs: () => Date.now(), sleep: async (_ms, signal) => signal.throwIfAborted() },
      registryAt: this.registryAt,
    });
    return { code, out, err };
  }

  private ports(): ApiPorts {
    const take = (files: readonly { readonly name: string; readonly text: string }[]) => {
      const bad = files.filter(({ text }) => text.includes('bad'));
      if (bad.length > 0) throw new Failure('InvalidPlan', bad.map(({ name }) => `${name}:1:1: found bad`).join('\n'));
      return files.map(({ name }) => name);
    };
    const configuration = {
      fleet: async () => ({ value: {}, digest: V1 }),
      models: async () => ['fraud'],
      model: async () => ({ value: { source: { repository: 'models/fraud', tags: ['live'] } }, digest: V1 }),
      check: async (files: Parameters<typeof take>[0]) => take(files),
      apply: async (files: Parameters<typeof take>[0]) => {
        const names = take(files);
        this.configured.push(...files);
        return names;
      },
    };
    const { engine, manifest, registry } = this;
    const clock = { nowMs: () => Date.now(), sleep: async () => undefined };
    return { engine, manifest, configuration, registryOf: () => registry, clock } as unknown as ApiPorts;
  }
}

function person(id: string, roles: readonly Role[], seed: number) {
  const { publicKey, secretKey } = newKeyPair(new Uint8Array(32).fill(seed));
  return { actor: { id, roles, keys: [publicKey] }, key: { actor: id, publicKey, secretKey } };
}
