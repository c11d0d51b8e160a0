import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitJsonArray } from './json-array.ts';

describe('splitJsonArray', () => {
  it('answers the elements of any array, character by character', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (values) => {
        const texts = values.map((value) => JSON.stringify(value));
        expect(splitJsonArray(`[${texts.join(',')}]`)).toEqual(texts);
        expect(splitJsonArray(` [ ${texts.join(' ,\n')} ] `)).toEqual(texts);
      }),
    );
  });
  it('is not misled by brackets, commas, quotes and backslashes inside strings', () => {
    const texts = ['{"a":"],[{","b":[1.0,[]]}', '"\\\\"', '"\\","', '[[],{}]', '1.50'];
    expect(splitJsonArray(`[${texts.join(',')}]`)).toEqual(texts);
    expect(splitJsonArray('[]')).toEqual([]);
  });
  it('refuses a text whose string never ends', () => {
    expect(() => splitJsonArray('["a')).toThrow('unclosed string');
  });
});
