import path from 'node:path';
import type { Choices, StackLayout } from '../layout';
import { placesOf, type Place } from '../places';
import type { ServerBinary, Servers } from '../servers';

/** What is told when a stack serves. */
export interface Ready {
  readonly layout: StackLayout;
  readonly servers: Servers;
  readonly asked: Partial<Choices>; // what a person named
  readonly readyMs: number;
}

const WIDTH = 79;
const HEAD = 13; // columns before what is told of a part

/** Where every part is, which server was chosen and why, in 80 columns. Pure. */
export function greeting({ layout, servers, asked, readyMs }: Ready): readonly string[] {
  const { dir, logs } = layout;
  const chosen = chosenParts({ layout, servers, asked });
  const below = (at: string) => (path.isAbsolute(at) ? `.${path.sep}${path.relative(dir, at)}` : at);
  const places = placesOf(layout).map((place) => ({ ...place, at: below(place.at) }));
  const hub = (part: string) => places.find((place) => place.of === 'hub' && place.part === part)?.at ?? '';
  return [
    `the stack is ready after ${(readyMs / 1_000).toFixed(1)} s, all on 127.0.0.1 over plain HTTP`,
    ...row('files', `${dir}, below called .`),
    ...row('Temporal', hub('Temporal'), `UI ${hub('Temporal UI')}`, chosen.temporal),
    ...row('api', hub('api')),
    ...row('manifest', hub('manifest'), 'PGlite, a PostgreSQL in one process'),
    ...row('registry', hub('registry'), chosen.registry),
    ...row('hub store', hub('store')),
    ...row('all stores', chosen.objectStore),
    ...row('hub worker', `task queue ${hub('control worker')}`),
    ...layout.regions.flatMap(({ id }) => row(id, ...regionLines(places.filter(({ of }) => of === id)))),
    ...row('logs', below(logs)),
  ];
}

/** Which server plays each role and why, in one sentence each. Pure. */
export function chosenParts({ layout, servers, asked }: Omit<Ready, 'readyMs'>) {
  const { temporal, versitygw, registry } = servers;
  const { store, registry: kind } = layout.choices;
  const server = (name: string, given: ServerBinary | null, isAsked: boolean) =>
    `${name} ${given?.version} [${given?.source}${isAsked ? ', asked for' : ''}]: ${given?.why}`;
  const without = (name: string, isAsked: boolean, option: string) =>
    `${name}: ${isAsked ? `--${option} asks for it` : 'no server was found when it was laid out'}`;
  return {
    temporal: server('Temporal dev server', temporal, false),
    objectStore:
      store === 's3'
        ? server('Versity Gateway', versitygw, asked.store !== undefined)
        : without('directories', asked.store !== undefined, 'store'),
    registry:
      kind === 'distribution'
        ? server('distribution', registry, asked.registry !== undefined)
        : without('OCI image layouts on disk', asked.registry !== undefined, 'registry'),
  };
}

function regionLines(places: readonly Place[]): readonly string[] {
  const controls = places.filter(({ part }) => part === 'gateway control').map(({ at }) => at);
  return places.flatMap(({ part, at }) => {
    if (part === 'gateway control') return [];
    const more = part === 'gateway' ? `, control ${controls.shift()}` : '';
    return [`${part.padEnd(8)} ${part === 'worker' ? 'task queues ' : ''}${at}${more}`];
  });
}

function row(head: string, ...texts: readonly string[]): readonly string[] {
  const lines = texts.flatMap((text) => wrapped(text, WIDTH - HEAD));
  return lines.map((line, index) => `  ${(index === 0 ? head : '').padEnd(HEAD - 2)}${line}`);
}

/** Words in lines of a width; a word that is longer stands alone. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
