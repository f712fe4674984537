import { signedBy } from './stack-people';
import { pushVersion } from './stack-freight';
import { getJson, postJson, Promoted, type Answer } from './stack-promotion';
import { REGIONS } from './stack-policy';
import type { Stage } from './stack';

export type HeldPhase = 'replicating' | 'canary' | 'flipping' | 'rolling-back';

const SLOW = 300 * 1024; // bytes a second, all regions together: replicating `OWN_BYTES` takes half a minute
const OWN_BYTES = 3 * 1024 * 1024;
let versions = 0;

/** What a test starts from. */
export const given = (stage: Stage) => ({
  /** A version is live in every region, and applications are served. */
  liveEverywhere: async (): Promise<Promoted> => {
    const promotion = await start(stage);
    const { status } = await promotion.ended();
    if (status?.outcome !== 'live') throw new Error(`the first version ended ${JSON.stringify(status)}`);
    return promotion;
  },
  /** A new version is pushed and promoted by its starter; it brings bytes of its own that every region lacks. */
  promotion: (): Promise<Promoted> => start(stage, OWN_BYTES),
});

/** What happens. */
export const when = (stage: Stage) => ({
  promoted: (): Promise<Promoted> => start(stage),

  /**
   * The promotion comes to stand in a phase in `region`, held there by a slow or cut link, or by its own bake.
   * @returns lets it go on
   */
  standsIn: async (promotion: Promoted, phase: HeldPhase, region: string): Promise<() => void> => {
    const control = stage.control[region];
    if (!control) throw new Error(`no region ${region}`);
    if (phase === 'replicating') stage.hub.slowTo(SLOW);
    if (phase === 'flipping') await control.cutAt('"cause":"flip"');
    if (phase === 'rolling-back') {
      await promotion.reached(region, 'canary');
      const restores = control.cutAt('"cause":"restore"');
      await when(stage).aborted(promotion);
      await restores;
    }
    await promotion.reached(region, phase);
    return () => {
      stage.hub.slowTo(Infinity);
      control.mend();
    };
  },

  aborted: (promotion: Promoted): Promise<Answer> => {
    const statement = signedBy(stage, 'ada', { verb: 'abort', promotion: promotion.id, reason: 'a test' });
    return postJson(stage, `/v1/promotions/fraud/${promotion.epoch}/abort`, { statement });
  },

  /** Killed with -9; then what was held is let go, and the process started again. @returns when it was killed */
  killedAndStartedAgain: async (name: string, letGo: () => void): Promise<number> => {
    const { atMs, startAgain } = await stage.kill(name);
    letGo();
    await startAgain();
    return atMs;
  },
});

/** Asks each gateway, as an application would, which version answers. */
export async function servedIn({ stack }: Stage): Promise<Readonly<Record<string, string | null>>> {
  const served: Record<string, string | null> = {};
  for (const [region, url] of Object.entries(stack.addresses.gateways)) {
    const answer = await fetch(`${url}/v2/models/fraud`, { signal: AbortSignal.timeout(5_000) });
    served[region] = answer.headers.get('x-model-version');
  }
  return served;
}

export function everywhere(version: string | null): Readonly<Record<string, string | null>> {
  return Object.fromEntries(REGIONS.map((region) => [region, version]));
}

/** What the manifest says is live, by region. */
export async function liveByManifest(stage: Stage): Promise<Readonly<Record<string, string | null>>> {
  const { rows } = await getJson<{ rows: readonly { region: string; live: string | null }[] }>(
    stage,
    '/v1/manifest?model=fraud',
  );
  return Object.fromEntries(rows.map(({ region, live }) => [region, live]));
}

/** Failed requests since a moment that no downtime of a gateway or runtime of their region explains. */
export async function unexplainedFailures(stage: Stage, sinceMs: number) {
  await stage.traffic.settled();
  const { downtimes, traffic } = stage;
  const explains = (region: string, sentAtMs: number, endedAtMs: number) =>
    downtimes.some(
      ({ name, fromMs, toMs }) =>
        [`${region} gateway`, `${region} runtime`].includes(name) && sentAtMs <= toMs && endedAtMs >= fromMs,
    );
  return traffic.failed.filter(
    ({ region, sentAtMs, endedAtMs }) => sentAtMs >= sinceMs && !explains(region, sentAtMs, endedAtMs),
  );
}

/** What a promotion of the digest would do, as the api shows it. @returns its plan hash */
export async function planOf(stage: Stage, digest: string): Promise<string> {
  const { status, body } = await postJson(stage, '/v1/plans', { model: 'fraud', digest });
  if (status !== 200) throw new Error(`no plan: ${status} ${JSON.stringify(body)}`);
  return String(body.planHash);
}

/** Offers the digest with a statement of its own by the starter who was shown the plan. */
export function offered(stage: Stage, digest: string, planHash: string): Promise<Answer> {
  const statement = signedBy(stage, 'ada', { verb: 'start', digest, planHash });
  return postJson(stage, '/v1/promotions', { model: 'fraud', digest, planHash, statement });
}

async function start(stage: Stage, ownBytes?: number): Promise<Promoted> {
  const digest = await pushVersion(stage, `drill-${++versions}`, ownBytes);
  const found = (await servedIn(stage))[REGIONS[0]] ?? null;
  const { status, body } = await offered(stage, digest, await planOf(stage, digest));
  if (status !== 201) throw new Error(`not started: ${status} ${JSON.stringify(body)}`);
  return new Promoted(stage, Number(body.epoch), digest, found);
}
