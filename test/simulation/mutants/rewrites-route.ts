import type { Rewrites } from './rewrites';

const node = (rule: string, from: string, to: string) => ({ rule, rewrite: { under: 'domain', from, to } });
const act = (rule: string, from: string, to: string) => ({ rule, rewrite: { under: 'activities', from, to } });

/** Contract 4 to 6: what stores, nodes and runtimes keep, and how activities write to them. */
export const ROUTE_REWRITES: Rewrites = {
  'tokens without an attempt': act(
    'contract 4: attempt',
    'attempt: Context.current().info.attempt };',
    'attempt: 1 };',
  ),
  'a fence of one node': act(
    'contract 4: fence on each gateway node',
    'for (const node of routers) {\n      const answer = await node.fence',
    'for (const node of routers.slice(0, 1)) {\n      const answer = await node.fence',
  ),
  'a pointer that is not fenced': act(
    'contract 4: fence on the pointer',
    'await fencePointer(regional, model, token, clock.nowMs())',
    '{ current: null, previous: [], ...(await import("../distribution/pointer").then((it) => it.readPointer(regional, model))) }',
  ),
  'a row that is not fenced': act(
    'contract 4: fence on the manifest row',
    'await manifest.fence(model, region, { epoch, seq });',
    '',
  ),
  'a found from before the fence': act(
    'contract 4: found in the same atomic step',
    'const answer = await node.fence(model, { token, rollout });',
    'const { route: early } = await node.read(model);\n      const now = await node.fence(model, { token, rollout });\n      const answer = now.kind === "ok" ? { ...now, route: early } : now;',
  ),
  'a lapse that adds no generation': node(
    'contract 5: a lapsed lease adds one generation',
    "return moved(row, { stable: row.route.stable }, 'lease', nowMs);",
    "const gone = moved(row, { stable: row.route.stable }, 'lease', nowMs);\n  return { ...gone, route: { ...gone.route, generation: row.route.generation } };",
  ),
  'a write that is not recognised': node(
    'contract 5: a repeated write is recognised',
    'if (sameStep(row.lastWrite, token) && row.route.generation === generation + 1) {',
    'if (row.route.generation < 0) {',
  ),
  'a renewal that adds a generation': node(
    'contract 5: a renewal adds no generation',
    "return { kind: 'ok', row: { ...row, leaseUntilMs: Math.max(",
    "return { kind: 'ok', row: { ...row, route: { ...row.route, generation: generation + 1 }, leaseUntilMs: Math.max(",
  ),
  'a write that is not read back': act(
    'contract 5: read back node by node',
    'for (const node of set) {',
    'for (const node of set.slice(1)) {',
  ),
  'a first version with a canary': node(
    'contract 5: the first version has no canary steps',
    'return nodes.every(({ stable }) => stable === null);',
    'return nodes.length === 0;',
  ),
  'an unload that asks no route': act(
    'contract 6: unload when no route names it',
    'if (serves(route, freight)) return;',
    '',
  ),
  'a commit that unloads the version before': act(
    'contract 6: the previous version is held',
    'previousAfter(freight, found, keepPrevious).slice(0, 1)',
    'previousAfter(freight, found, keepPrevious).slice(1)',
  ),
};
