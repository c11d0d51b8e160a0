import { expect, test } from 'vitest';
import { booleanArray, numberArray, TextBlob, uuidArray } from './columns.ts';

test('arrays as the server reads them', () => {
  expect(numberArray([1, null, -2.5])).toBe('{1,null,-2.5}');
  expect(uuidArray(['a', null])).toBe('{a,null}');
  expect(booleanArray([true, false, null])).toBe('{t,f,null}');
  expect(numberArray([])).toBe('{}');
});

test('texts of several columns lie in one blob, by bytes', () => {
  const blob = new TextBlob();
  expect(blob.column(['ü', null, ''])).toEqual(['{1,3,3}', '{2,-1,0}']);
  expect(blob.column(['😀x'])).toEqual(['{3}', '{5}']);
  expect(blob.buffer().toString()).toBe('ü😀x');
});
