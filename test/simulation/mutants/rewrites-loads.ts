import type { Rewrites } from './rewrites';

const made = (under: string) => (rule: string, from: string, to: string) => ({ rule, rewrite: { under, from, to } });
const act = made('activities');
const law = made('domain');
const bytes = made('distribution');

/** Contract 4 to 6 once more: fences, restores, leases, claims and loads. */
export const LOAD_REWRITES: Rewrites = {
  'a foreign route that is taken for ours': act(
    'contract 5: a foreign route that serves our freight is stuck',
    'if (foreign && serves(route, freight) && found.stable !== freight) {',
    'if (foreign && route.generation < 0) {',
  ),
  'a claim of the watch that is never made': act(
    'contract 5: a successor claims the canary',
    'const claims = await claimAll(asking, unclaimed, input.model, token);',
    "const claims = { kind: 'standing' as const, missing: [] as readonly FoundNode[] };",
  ),
  'a watch that passes without waiting out its bake': act(
    'contract 3: bake',
    'const baked = blind === 0 && input.bakeMs !== null && progress.bakedMs >= input.bakeMs;',
    'const baked = blind === 0 && input.bakeMs !== null;',
  ),
  'a look without the counts of a node that passes': act(
    'contract 5: no data, no renewal',
    "return { kind: 'seen', progress: { ...counted, blind: progress.blind + 1, note }, views: new Map() };",
    "return { kind: 'seen', progress: { ...counted, bakedMs: progress.bakedMs + input.lookMs, looks: progress.looks + 1, blind: 0, note: '' }, views: standing.views };",
  ),
  'a lease that runs from the renewal': law(
    'contract 5: lease from the look',
    'Math.max(row.leaseUntilMs, lookedAtMs + canary.leaseMs)',
    'Math.max(row.leaseUntilMs, nowMs + canary.leaseMs)',
  ),
  'a renewal that shortens the lease': law(
    'contract 5: max(lease, lookedAt + L)',
    'Math.max(row.leaseUntilMs, lookedAtMs + canary.leaseMs)',
    'lookedAtMs + canary.leaseMs',
  ),
  'a lease anew after a restart': law(
    'contract 5: after a restart min(remaining, lease)',
    'leaseUntilMs: lapsed ? clock.nowMs : clock.nowMs + leftMs - Math.max(0, movedMs)',
    'leaseUntilMs: lapsed ? clock.nowMs : clock.nowMs + canary.leaseMs',
  ),
  'a lower token that writes': law(
    'contract 5: lower token -> Superseded',
    "if (compareTokens(token, fence) < 0) return { kind: 'superseded', fence };",
    '',
  ),
  'an unload that keeps its holder': act(
    'contract 6: unload drops the holder',
    'await releaseLoad(regional, name, holder);\n    if (stays)',
    'if (stays)',
  ),
  'an unload of what the region keeps by itself': act(
    'contract 6: previous versions are held by the region itself',
    'if (stays) return;',
    '',
  ),
  'an unload although another holds it': act(
    'contract 6: unload when nobody holds it',
    'if (await isLoadHeld(regional, name)) return;\n    for',
    'for',
  ),
  'a release that a straggler undoes': bytes(
    'contract 6: release is final for its holder',
    "await mark(store, subject, holder, 'released');\n  await store.delete(keyOf(subject, holder, 'held'));",
    "await store.delete(keyOf(subject, holder, 'held'));",
  ),
};
