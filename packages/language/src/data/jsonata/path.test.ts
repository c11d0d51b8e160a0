import { describe, expect, test } from 'vitest';
import type { Json } from '../../json.ts';
import { evaluateJsonata, jsonataFailure } from '../../testing/evaluate-jsonata.ts';

const input: Json = {
  one: { two: { three: 3 } },
  list: [{ n: 1, tags: ['a', 'b'] }, { n: 2, tags: ['c'] }, { m: 3 }],
  nested: [[{ n: 1 }], [[{ n: 2 }]]],
  empty: [],
  single: [{ n: 7 }],
  nothing: null,
  text: 'text',
};

const value = (text: string): Json | undefined => evaluateJsonata(text, { input });

describe('a path', () => {
  test.each<[string, Json | undefined]>([
    ['one.two.three', 3],
    ['one.two', { three: 3 }],
    ['one.x.three', undefined],
    ['text.length', undefined],
    ['nothing', null],
    ['nothing.x', undefined],
    ['`one`."two".three', 3],
    ['$.one.two.three', 3],
    ['$$.one.two.three', 3],
  ])('of member names, %s, is one value', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test.each<[string, Json | undefined]>([
    ['list.n', [1, 2]],
    ['list.m', 3],
    ['list.x', undefined],
    ['list.tags', ['a', 'b', 'c']],
    ['nested.n', [1, 2]],
    ['empty.n', undefined],
    ['empty', []],
    ['single', [{ n: 7 }]],
    ['single.n', 7],
    ['single.n[]', [7]],
    ['list[].m', [3]],
    ['list.(n * 2)', [2, 4]],
    ['list.[n]', [[1], [2], []]],
    ['list.{"x": n}', [{ x: 1 }, { x: 2 }, {}]],
    ['$map(list.n, function($n) { $n }).($ + 1)', [2, 3]],
  ])('over arrays, %s, gathers what it finds in one sequence', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test.each<[string, Json | undefined]>([
    ['one.*', { three: 3 }],
    ['one.**', [{ two: { three: 3 } }, { three: 3 }, 3]],
    ['**.n', [1, 2, 1, 2, 7]],
    ['list.*', [1, 'a', 'b', 2, 'c', 3]],
    ['text.*', undefined],
    // An array among the members makes an array of what is found, even of one or none.
    ['{"k": 5}.*', 5],
    ['{"k": [5]}.*', [5]],
    ['{"k": []}.*', []],
    ['{"k": [[5]]}.*', [5]],
    ['{}.*', undefined],
    ['list.%.text', ['text', 'text', 'text']],
    ['one.two.three.%.%.two.three', 3],
  ])('with wildcards and parents, %s', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test.each<[string, Json | undefined]>([
    ['list#$i.{"i": $i, "n": n}', [{ i: 0, n: 1 }, { i: 1, n: 2 }, { i: 2 }]],
    ['list@$l.{"n": $l.n, "t": text}', [{ n: 1, t: 'text' }, { n: 2, t: 'text' }, { t: 'text' }]],
    ['list@$a.list@$b[$a.n = $b.n and $b.n].{"n": $a.n}', [{ n: 1 }, { n: 2 }]],
  ])('that binds names, %s', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test('does not look into functions and numbers', () => {
    expect(value('$sum.arity')).toBeUndefined();
    expect(value('one.two.three.rawJSON')).toBeUndefined();
  });
});

describe('a predicate', () => {
  test.each<[string, Json | undefined]>([
    ['list[0].n', 1],
    ['list[-1].m', 3],
    ['list[5]', undefined],
    ['list[1.9].n', 2],
    ['list[n > 1].n', 2],
    ['list[n]', undefined],
    ['list[[0, 2]].n', 1],
    ['list[[0..1]].n', [1, 2]],
    ['list.tags[0]', ['a', 'c']],
    ['(list.tags)[0]', 'a'],
    ['list[$count(tags) = 2].n', 1],
    ['one[two.three = 3].two.three', 3],
    ['one[0].two.three', 3],
    ['text[0]', 'text'],
    ['text[1]', undefined],
  ])('%s chooses', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });
});

describe('a group', () => {
  test.each<[string, Json | undefined]>([
    ['list{"all": n}', { all: [1, 2] }],
    ['list{$string(n ? n : 0): n}', { '1': 1, '2': 2 }],
    ['{"a": 1, "b": [1, 2][$ > 5]}', { a: 1 }],
    ['[{"k": "x", "v": 1}, {"k": "y", "v": 2}, {"k": "x", "v": 3}]{k: v}', { x: [1, 3], y: 2 }],
    ['[{"k": "x", "v": 1}, {"k": "x", "v": 3}]{k: $sum(v)}', { x: 4 }],
  ])('%s gathers items by their keys', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test('has keys that are strings, and each from one pair only', () => {
    expect(jsonataFailure('{1: 2}')).toBe('T1003: Key in object structure must evaluate to a string; got: 1');
    expect(jsonataFailure('{"a": 1, "a": 2}')).toBe('D1009: Multiple key definitions evaluate to same key: "a"');
  });
});

describe('an order', () => {
  const items = '[{"a": 2, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "w"}, {"b": "z"}]';

  test.each<[string, Json | undefined]>([
    [`${items}^(a).b`, ['y', 'x', 'w', 'z']],
    [`${items}^(>a).b`, ['x', 'w', 'y', 'z']],
    [`${items}^(a, b).b`, ['y', 'w', 'x', 'z']],
    [`${items}^(>a, >b).b`, ['x', 'w', 'y', 'z']],
  ])('%s is stable, and nothing stands last', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test('is one of numbers or of strings', () => {
    expect(jsonataFailure('[1, "a"]^($)')).toBe(
      'T2007: Type mismatch when comparing values 1 and "a" in order-by clause',
    );
    expect(jsonataFailure('[true, false]^($)')).toMatch(/^T2008: /);
  });
});
