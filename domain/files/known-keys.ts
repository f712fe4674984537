import { z } from 'zod';
import { valueAt, type Path } from './source';

/** The part of JSON Schema that tells which keys may stand where. */
interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly const?: unknown;
}

/** The keys that a schema knows at a path; of alternatives, those whose fixed fields (`kind`) agree with what stands there. Pure. */
export function knownKeys(schema: z.ZodType, path: Path, root: unknown): readonly string[] {
  let shapes: readonly Shape[] = [z.toJSONSchema(schema, { io: 'input' }) as Shape];
  for (const [depth, step] of path.entries()) {
    const here = alternatives(shapes, valueAt(root, path.slice(0, depth)));
    shapes = here.flatMap(({ properties, items }) => {
      const next = typeof step === 'number' ? items : properties?.[step];
      return next ? [next] : [];
    });
  }
  const keys = alternatives(shapes, valueAt(root, path)).flatMap(({ properties }) => Object.keys(properties ?? {}));
  return [...new Set(keys)];
}

function alternatives(shapes: readonly Shape[], value: unknown): readonly Shape[] {
  const all = shapes.flatMap((shape) => shape.anyOf ?? shape.oneOf ?? [shape]);
  const fits = ({ properties = {} }: Shape): boolean => {
    return Object.entries(properties).every(([key, { const: fixed }]) => {
      return fixed === undefined || valueAt(value, [key]) === fixed;
    });
  };
  const fitting = all.filter(fits);
  return fitting.length > 0 ? fitting : all;
}
