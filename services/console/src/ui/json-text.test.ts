import { expect, it } from 'vitest';
import { jsonParts, prettyJson } from './json-text.ts';

it('JSON is indented as it stands: numbers keep their digits, what is no JSON stays', () => {
  expect(prettyJson('{"a":[1.0,9007199254740993,{}],"b":"x, {y}","c":[]}')).toBe(
    '{\n  "a": [\n    1.0,\n    9007199254740993,\n    {}\n  ],\n  "b": "x, {y}",\n  "c": []\n}',
  );
  expect(prettyJson('no JSON: {')).toBe('no JSON: {');
  expect(prettyJson('"text"')).toBe('"text"');
});

it('depth costs no stack, and what is cut off in a string comes out whole', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(prettyJson(deep).replaceAll(/\s/g, '')).toBe(deep);
  expect(prettyJson('{"a":"cut')).toBe('{\n  "a": "cut');
});

it('keys, strings, numbers and words are told apart, and together they are the text', () => {
  const text = '{"k": "s", "n": -1.5e3, "w": null, "<b>": true}';
  const parts = jsonParts(text);
  expect(parts.map((part) => part.text).join('')).toBe(text);
  expect(parts.filter(({ kind }) => kind !== null).map((part) => [part.kind, part.text])).toEqual([
    ['k', '"k"'],
    ['s', '"s"'],
    ['k', '"n"'],
    ['n', '-1.5e3'],
    ['k', '"w"'],
    ['w', 'null'],
    ['k', '"<b>"'],
    ['w', 'true'],
  ]);
});
