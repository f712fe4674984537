import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jsonSchemas } from '../../../../domain/files/json-schemas';

const FOLDER = path.resolve(__dirname, '../../../../docs/schemas');
const schemas = JSON.parse(JSON.stringify(jsonSchemas())) as Record<string, object>;

// After a change of the files' form: MERIDIAN_WRITE_SCHEMAS=1 npx jest json-schemas && npx prettier --write docs/schemas
if (process.env.MERIDIAN_WRITE_SCHEMAS === '1') {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, schema] of Object.entries(schemas)) writeFileSync(path.join(FOLDER, name), JSON.stringify(schema));
}

describe('the JSON Schemas for editors', () => {
  it.each(Object.keys(schemas))('say in docs/schemas/%s what the engine accepts now', (name) => {
    expect(JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8'))).toEqual(schemas[name]);
  });

  it('know no key beside those of the files, and give defaults as people write them', () => {
    expect(schemas['fleet.schema.json']).toMatchObject({ additionalProperties: false, required: ['regions'] });
    expect(schemas['model.schema.json']).toMatchObject({
      additionalProperties: false,
      properties: { hold: { default: '1h', type: 'string' }, canary: { properties: { lease: { default: '30s' } } } },
    });
    expect(schemas['model.schema.json']).not.toHaveProperty('required');
  });
});
