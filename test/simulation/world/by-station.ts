import type { Activities } from '../sdk/engine';
import type { Station } from '../sdk/station';
import { whereNow } from '../sdk/where';

/** Each activity by its name; a region's by the queue it was scheduled on. */
export function byStation(regions: ReadonlyMap<string, Activities>, control: Activities): Activities {
  const names = Object.keys([...regions.values()][0] ?? {});
  const routed = names.map((name) => {
    const call = (input: unknown) => {
      const where = whereNow() as { readonly station: Station };
      const activity = regions.get(where.station.name)?.[name];
      if (!activity) throw new TypeError(`no activity ${name} at ${where.station.name}`);
      return activity(input);
    };
    return [name, call] as const;
  });
  return { ...control, ...Object.fromEntries(routed) };
}
