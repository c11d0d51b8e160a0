import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitJsonArray } from './json-array.ts';

test('the elements of any array, as they stand', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 2), (values, indent) => {
      const elements = splitJsonArray(JSON.stringify(values, null, indent));
      expect(elements.map((element) => JSON.parse(element) as unknown)).toEqual(
        values.map((value) => JSON.parse(JSON.stringify(value)) as unknown),
      );
    }),
  );
});

test('numbers and strings keep their text', () => {
  expect(splitJsonArray('[ 1.0, "],[\\"", {"a":[1e2,"}"]},[] ]')).toEqual(['1.0', '"],[\\""', '{"a":[1e2,"}"]}', '[]']);
  expect(splitJsonArray('[]')).toEqual([]);
});
