import { z } from 'zod';
import { fleetSchema } from './fleet';
import { modelSchema } from './model';

/** The JSON Schemas of the files that people write, for their editors: as in `docs/schemas/`, by file name. Pure. */
export function jsonSchemas(): Readonly<Record<string, object>> {
  return {
    'fleet.schema.json': { title: 'meridian fleet', ...z.toJSONSchema(fleetSchema, { io: 'input' }) },
    'model.schema.json': { title: 'meridian model', ...z.toJSONSchema(modelSchema, { io: 'input' }) },
  };
}
