import fc from 'fast-check';
import { findModel } from '../../../../serving/gateway/openai';

const found = (body: string) => findModel(Buffer.from(body));

describe('the search for the model in a body', () => {
  it.each([
    ['{"model":"fraud"}', 'fraud'],
    [' {\n "stream" : true , "model" : "fraud" , "n": 1}', 'fraud'],
    ['{"messages":[{"model":"inner"},"}\\"{"],"model":"fraud"', 'fraud'],
    ['{"a":{"model":"inner"},"b":-1.5e3,"c":null,"\\u006dodel":"fr\\u0061ud","rest', 'fraud'],
    ['{"é":"ü","model":"fraud"', 'fraud'],
  ])('finds it in %s', (body, model) => {
    expect(found(body)).toMatchObject({ kind: 'found', model });
  });

  it.each(['', ' ', '{', '{"mod', '{"model"', '{"model":', '{"model":"fra', '{"a":[1,2', '{"a":"\\', '{"a":1,'])(
    'asks for more after %j',
    (body) => {
      expect(found(body)).toEqual({ kind: 'incomplete' });
    },
  );

  it.each([
    '[]',
    'null',
    '{}',
    '{"a":1}',
    '{"model":1}',
    '{"model":null}',
    '{model:"x"}',
    '{"a" 1}',
    '{"model":"\\x"}',
  ])('finds none in %s', (body) => {
    expect(found(body)).toEqual({ kind: 'none' });
  });

  it('agrees with JSON.parse on any object, wherever the body is cut', () => {
    const key = fc.oneof(fc.constantFrom('model', 'a', 'messages', 'mödel', '"'), fc.string());
    const object = fc.uniqueArray(fc.tuple(key, fc.oneof(fc.string(), fc.jsonValue())), { selector: ([name]) => name });
    const prop = fc.property(object, fc.nat(), (members, cut) => {
      const text = `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(', ')}}`;
      const model = members.find(([name]) => name === 'model')?.[1];
      const whole = found(text);
      if (typeof model === 'string') {
        expect(whole).toMatchObject({ kind: 'found', model });
        if (whole.kind === 'found') {
          const literal = Buffer.from(text).subarray(whole.from, whole.to).toString();
          expect(JSON.parse(literal)).toBe(model);
        }
      } else {
        expect(whole).toEqual({ kind: 'none' });
      }
      const part = findModel(Buffer.from(text).subarray(0, cut % (Buffer.byteLength(text) + 1)));
      if (part.kind === 'found') expect(part).toEqual(whole);
      if (part.kind === 'none') expect(whole.kind).toBe('none');
    });
    fc.assert(prop, { numRuns: 1_000 });
  });
});
