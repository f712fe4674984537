import path from 'node:path';
import { DIST } from '../dist';
import type { Person } from '../credentials';
import { GATE } from './policy';

/** What hints are for: what is live, what is denied, and who may do what. */
export interface Standing {
  readonly api: string;
  readonly registry: string;
  readonly gateways: Readonly<Record<string, string>>; // URL by region
  readonly people: readonly Person[];
  readonly live: string | null; // digest
  readonly denied: string | null; // the digest that was denied last
  readonly gated: boolean; // the policy waits for an approval before the second wave
  readonly hasTraffic: boolean; // the stack's own applications send requests
  readonly modelsFolder: string | null; // the demo's versions, where they are in the cache
}

/** Commands that work as they stand, in the state that the stack is in. Pure. */
export function hints(standing: Standing): readonly string[] {
  return [
    '',
    'the stack stays up until Ctrl-C. In another terminal:',
    ...environment(standing).map((line) => `  ${line}`),
    ...commands(standing).map((line) => (line === '' ? '' : `  ${line}`)),
  ];
}

function environment({ api, registry, people }: Standing): readonly string[] {
  return [
    `cd ${quoted(path.resolve(DIST, '..'))}`,
    'meridian() { node dist/cli/main.js "$@"; }',
    `export MERIDIAN_API=${api}`,
    `export MERIDIAN_REGISTRY=${quoted(registry)}`,
    `export MERIDIAN_KEY_FILE=${quoted(keyOf(people, 'operator'))}`,
    `approver=${quoted(keyOf(people, 'approver'))}`,
  ];
}

function commands(standing: Standing): readonly string[] {
  const { live, denied, gated, modelsFolder } = standing;
  if (live === null) return firstVersion(standing);
  const approve = gated ? [`meridian approve fraud --gate ${GATE} --key "$approver"`] : [];
  return [
    ...['meridian status fraud', 'meridian explain fraud', 'meridian history fraud'],
    ...applications(standing),
    ...['', '# the version before, where regions still hold it; one that is under way, stopped:'],
    ...['meridian rollback fraud --reason "a drill" --yes', 'meridian watch fraud'],
    ...(denied === null
      ? nextVersion(modelsFolder)
      : [
          ...['', '# what was denied last, released; a tag that points to it starts it again, else:'],
          `meridian release fraud ${denied.slice(7, 19)} --reason "no fault of its own"`,
          `meridian promote fraud ${denied.slice(7, 19)} --yes`,
        ]),
    ...(gated ? ['# it waits before its second wave; say yes, or stop it:', ...approve] : []),
    'meridian abort fraud --reason "had second thoughts"',
  ];
}

/** Nothing was pushed yet. */
function firstVersion(standing: Standing): readonly string[] {
  const { modelsFolder } = standing;
  if (modelsFolder === null)
    return [
      ...applications(standing),
      ...['', '# no version is there yet; `npm run setup` makes some to try:'],
      'meridian push FOLDER --model fraud --version v1 --tag v1',
      'meridian promote fraud DIGEST --yes --watch',
    ];
  return [
    `models=${quoted(modelsFolder)}`,
    ...applications(standing),
    ...['', '# no version is live yet; push one, and promote it by its digest:'],
    'digest=$(meridian push "$models/v1" --tag v1)',
    'meridian promote fraud "$digest" --yes --watch',
    ...['', '# a push to the tag that the model follows starts by itself:'],
    ...['meridian push "$models/v2" --tag live', 'meridian status fraud'],
    'meridian abort fraud --reason "had second thoughts"',
  ];
}

/** Without them a version is held for want of evidence. */
function applications({ gateways, hasTraffic }: Standing): readonly string[] {
  if (hasTraffic) return [];
  return [
    ...['', '# a version is judged by its requests: applications that send some:'],
    `node dist/stack/traffic.js --rate 50 --gateways ${quoted(JSON.stringify(gateways))} > /dev/null &`,
  ];
}

function nextVersion(modelsFolder: string | null): readonly string[] {
  if (modelsFolder === null) return [];
  return [
    ...['', '# a push to the tag that the model follows starts by itself:'],
    ...[`models=${quoted(modelsFolder)}`, 'meridian push "$models/v2" --tag live'],
  ];
}

function keyOf(people: readonly Person[], role: Person['roles'][number]): string {
  return people.find(({ roles }) => roles.includes(role))?.keyFile ?? '';
}

/** A word of a shell as it stands. */
function quoted(text: string): string {
  return /^[\w./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
