import { expect, test } from 'vitest';
import { parseJson } from '../../json.ts';
import { compileJsonPath } from './path.ts';
import { parsePath } from './path-parser.ts';
import { compilePlainGather, compilePlainRead } from './plain-path.ts';

const document = parseJson('{"a":{"b":[{"c":1},{"c":null},{},7]},"n":1.0,"constructor":"own"}');

test.each([
  ['$', document],
  ['$.a.b[0].c', 1],
  ['$.a.b[1].c', null],
  ['$.a.b[2].c', undefined],
  ['$.a.b[9]', undefined],
  ['$.a[0]', undefined],
  ['$.n.x', undefined],
])('%s is read by its names and indices alone', (path, expected) => {
  expect(compilePlainRead(parsePath(path))?.(document)).toEqual(expected);
});

test.each([
  '$.a.b[-1]',
  '$.a.b[0,1]',
  "$['a','n']",
  '$..c',
  '$.a.b.length()',
  '$.constructor',
  '$.n.rawJSON',
  '$.a.length',
])('%s needs more than that', (path) => {
  expect(compilePlainRead(parsePath(path))).toBeNull();
});

test.each([
  ['$.a.b[*].c', [1, null]],
  ['$.a.b[*]', [{ c: 1 }, { c: null }, {}, 7]],
  ['$.a[*][0]', [{ c: 1 }]],
  ['$[*].b[1].c', [null]],
  ['$.missing[*].c', []],
  ['$.n[*].c', []],
  ['$..c', [1, null]],
  ['$.a..b', [[{ c: 1 }, { c: null }, {}, 7]]],
  ['$.missing..c', []],
  ['$.n..c', []],
])('%s is gathered by one loop', (path, expected) => {
  expect(compilePlainGather(parsePath(path))).not.toBeNull();
  expect(compileJsonPath(path).read(document)).toEqual(expected);
});

test.each(['$.a.b[*][*]', '$..b[*].c', '$..constructor', '$..[0]', '$.a.b[?(@.c)].c', '$.a.b[-1:].c', '$.a.b[0].c'])(
  '%s is gathered step by step',
  (path) => {
    expect(compilePlainGather(parsePath(path))).toBeNull();
  },
);
