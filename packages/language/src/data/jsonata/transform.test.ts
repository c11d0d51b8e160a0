import { expect, test } from 'vitest';
import type { Json } from '../../json.ts';
import { evaluateJsonata, jsonataFailure } from '../../testing/evaluate-jsonata.ts';

const input: Json = {
  list: [
    { n: 1, old: true },
    { n: 2, old: true },
  ],
  other: { n: 3 },
};

test.each<[string, Json | undefined]>([
  [
    '$ ~> |list|{"n": n * 10}|',
    {
      list: [
        { n: 10, old: true },
        { n: 20, old: true },
      ],
      other: { n: 3 },
    },
  ],
  ['$ ~> |list|{}, "old"|', { list: [{ n: 1 }, { n: 2 }], other: { n: 3 } }],
  ['$ ~> |list[n = 2]|{"new": 1}, ["old", "n"]|', { list: [{ n: 1, old: true }, { new: 1 }], other: { n: 3 } }],
  ['$ ~> |nothing|{"a": 1}|', input],
  ['(other ~> |$|{"x": [n]}|).x', [3]],
  ['$nothing ~> |$|{"x": 1}|', undefined],
])('%s changes a copy', (text, expected) => {
  expect(evaluateJsonata(text, { input })).toEqual(expected);
});

test.each([
  ['$ ~> |list|5|', 'T2011: The insert/update clause of the transform expression must evaluate to an object: 5'],
  [
    '$ ~> |list|{}, 5|',
    'T2012: The delete clause of the transform expression must evaluate to a string or array of strings: 5',
  ],
])('%s fails', (text, message) => {
  expect(jsonataFailure(text, { input })).toBe(message);
});

// The state's input is shared with the history and the rest of the execution.
test.each<[string, Json]>([
  ['{"mine": 1} ~> |$states.input|{"n": 2}|', { mine: 1 }],
  ['($clone := function($x) { $x }; $states.input ~> |$|{"n": 2}|)', { n: 2 }],
  ['$states.input ~> |$|{"n": 2}|', { n: 2 }],
])('%s leaves the data as it is', (text, expected) => {
  const states = { input: Object.freeze({ n: 1 }) };
  expect(evaluateJsonata(text, { states })).toEqual(expected);
  expect(states.input).toEqual({ n: 1 });
});
