import { describe, expect, test } from 'vitest';
import { ExpressionSyntaxError, StatesError } from '../../errors.ts';
import { jsonText, parseJson } from '../../json.ts';
import type { Json } from '../../json.ts';
import { compileJsonPath } from './path.ts';
import { PathNotFoundError } from './walk.ts';

const store = parseJson(`{
  "store": {
    "book": [
      {"category": "reference", "author": "Nigel Rees", "title": "Sayings", "price": 8.95, "tags": ["a", "b"]},
      {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword", "price": 12.99, "tags": []},
      {"category": "fiction", "author": "Herman Melville", "title": "Moby", "isbn": "0-553", "price": 8.99, "tags": ["b"]},
      {"category": "fiction", "author": "J. R. R.", "title": "Rings", "isbn": null, "price": 22.99}
    ],
    "bicycle": {"color": "red", "price": 19.95}
  },
  "expensive": 10,
  "numbers": [3, 1, 2],
  "words": ["x", "y"],
  "limits": {"low": 1, "high": "2"}
}`);

function read(text: string, document: Json = store): string {
  return jsonText(compileJsonPath(text).read(document));
}

describe('steps', () => {
  test.each([
    ['$.store.bicycle.color', '"red"'],
    ["$['store']['bicycle']['color']", '"red"'],
    ['$["store"].bicycle["color"]', '"red"'],
    ['$.store.book[0].price', '8.95'],
    ['$.store.book[-1].title', '"Rings"'],
    ['$.store.book[*].price', '[8.95,12.99,8.99,22.99]'],
    ['$.store.book[0,2].title', '["Sayings","Moby"]'],
    ['$.store.book[1:3].title', '["Sword","Moby"]'],
    ['$.store.book[:2].title', '["Sayings","Sword"]'],
    ['$.store.book[-2:].title', '["Moby","Rings"]'],
    ['$.store.book[:-3].title', '["Sayings"]'],
    ['$.store.book[1:-1].title', '["Sword","Moby"]'],
    ['$.numbers[ 0 , 2 ]', '[3,2]'],
    ['$.store..price', '[8.95,12.99,8.99,22.99,19.95]'],
    ['$..book[2].author', '["Herman Melville"]'],
    [
      '$..[0]',
      '[{"category":"reference","author":"Nigel Rees","title":"Sayings","price":8.95,"tags":["a","b"]},"a","b",3,"x"]',
    ],
    ["$..['color']", '["red"]'],
    ['$.limits.*', '[1,"2"]'],
    ["$.limits['low','high','none']", '{"low":1,"high":"2"}'],
    ["$.store['bicycle','none'].price", '[19.95]'],
    ['$.numbers[7,0]', '[3]'],
    ['$..nothing', '[]'],
    ['$.numbers[*].a.b', '[]'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test('definite or not', () => {
    const definite = ['$', '$.a', '$.a[0]', "$['a','b']", '$.a[*].length()'];
    expect(definite.map((text) => compileJsonPath(text).definite)).toEqual(definite.map(() => true));
    const indefinite = ['$.*', '$..a', '$.a[0,1]', '$.a[0:1]', '$.a[?(@.b)]', "$['a','b'].c"];
    expect(indefinite.map((text) => compileJsonPath(text).definite)).toEqual(indefinite.map(() => false));
  });
});

describe('filters', () => {
  test.each([
    ['@.price < 10', 'Sayings,Moby'],
    ['@.price<=8.95', 'Sayings'],
    ['@.price > $.expensive', 'Sword,Rings'],
    ['@.price >= 12.99 && @.isbn', 'Rings'],
    ['@.isbn', 'Moby,Rings'],
    ['!@.isbn', 'Sayings,Sword'],
    ['@.isbn == null', 'Rings'],
    ['@.isbn != null', 'Sayings,Sword,Moby'],
    ["@.category == 'reference' || @.price > 20", 'Sayings,Rings'],
    ["!(@.category == 'reference' || @.price > 20)", 'Sword,Moby'],
    ["@['category'] == 'fiction' && (@.price < 9 || @.price > 20)", 'Moby,Rings'],
    ['@.author =~ /.*rees/i', 'Sayings'],
    ['@.author =~ /rees/i', ''],
    ['@.title =~ /S.+/', 'Sayings,Sword'],
    ['@.category in [\'reference\', "x"]', 'Sayings'],
    ["@.category nin ['reference']", 'Sword,Moby,Rings'],
    ["@.tags subsetof ['b', 'c']", 'Sword,Moby'],
    ["@.tags anyof ['b', 'c']", 'Sayings,Moby'],
    ["@.tags noneof ['a']", 'Sword,Moby'],
    ["@.tags all ['a', 'b']", 'Sayings'],
    ["@.tags contains 'b'", 'Sayings,Moby'],
    ["@.title contains 'ing'", 'Sayings,Rings'],
    ['@.tags size 2', 'Sayings'],
    ['@.tags empty true', 'Sword'],
    ['@.tags empty false', 'Sayings,Moby'],
    ['@.tags[0]', 'Sayings,Moby'],
    ['@.tags[*]', 'Sayings,Moby'],
    ['@.tags.length() == 2', 'Sayings'],
    ["@.tags[?(@ == 'b')]", 'Sayings,Moby'],
    ["'fiction' == @.category", 'Sword,Moby,Rings'],
    ['@.title < @.category', 'Sayings,Sword,Moby,Rings'],
    ['@.price < "10"', ''],
    ['@.price == "8.95"', 'Sayings'],
    ['@.tags == ["b"]', 'Moby'],
    ['@.nothing == @.nothing', ''],
    ['@.price =~ /8.*/', 'Sayings,Moby'],
  ])('[?(%s)]', (condition, titles) => {
    expect(read(`$.store.book[?(${condition})].title`)).toBe(jsonText(titles === '' ? [] : titles.split(',')));
  });

  test('an object is itself the item', () => {
    expect(read("$.store.bicycle[?(@.color == 'red')].price")).toBe('[19.95]');
    expect(read("$.store.bicycle[?(@.color == 'blue')]")).toBe('[]');
    expect(read("$..[?(@.color == 'red')].price")).toBe('[19.95]');
    expect(read('$..[?(@.price == 8.99)].title')).toBe('["Moby"]');
    expect(read('$..[?(@ == 3)]')).toBe('[3]');
    expect(read('$.expensive[?(@ == 10)]')).toBe('[]');
  });

  test('numbers compare by their exact value', () => {
    const document = parseJson('[{"n":1.0},{"n":9007199254740993},{"n":9007199254740992}]');
    expect(read('$[?(@.n == 1)]', document)).toBe('[{"n":1.0}]');
    expect(read('$[?(@.n > 9007199254740992)]', document)).toBe('[{"n":9007199254740993}]');
  });
});

describe('functions', () => {
  test.each([
    ['$.numbers.min()', '1'],
    ['$.numbers.max()', '3'],
    ['$.numbers.avg()', '2'],
    ['$.numbers.sum()', '6'],
    ['$.numbers.stddev()', '0.816496580927726'],
    ['$.numbers.length()', '3'],
    ['$.limits.length()', '2'],
    ['$.limits.keys()', '["low","high"]'],
    ['$.words.concat()', '"xy"'],
    ["$.words.concat('-', $.limits.high)", '"xy-2"'],
    ['$.numbers.append(4)', '[3,1,2,4]'],
    ['$.numbers.first()', '3'],
    ['$.numbers.last()', '2'],
    ['$.numbers.index(1)', '1'],
    ['$.numbers.index(-1)', '2'],
    ['$.store.book[*].price.max()', '22.99'],
    ['$..price.length()', '5'],
    ['$.numbers.sum($.expensive)', '16'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test.each(['$.words.sum()', '$.none.length()', '$.numbers.index(9)', '$.limits.first()'])(
    '%s finds nothing',
    (text) => {
      expect(() => read(text)).toThrow(PathNotFoundError);
    },
  );
});

describe('what is refused', () => {
  test.each([
    '$.a[?()]',
    '$.a[?(@.b]',
    '$.a[?@.b]',
    '$.a[?(1)]',
    '$.a[?(@.b ==)]',
    '$.a[?(@.b like 1)]',
    '$.a[?(@.b =~ /(/)]',
    '$.a[?(@.b =~ /x/q)]',
    '$.a[?(@.b =~ /(?=x)/)]',
    '$.a[?(@.b =~ /x)]',
    "$.a['b',]",
    '$.a[0,]',
    '$.a[9007199254740993]',
    '$...a',
    '$..length()',
    '$.a.length().b',
    '@.a',
    `$.a[?(${'('.repeat(100)}@.b${')'.repeat(100)})]`,
    `$.a[?(${'!'.repeat(100)}@.b)]`,
    `$${'.a'.repeat(1_000)}`,
  ])('%s', (text) => {
    expect(() => compileJsonPath(text)).toThrow(ExpressionSyntaxError);
  });
});

describe('what it may cost', () => {
  test('a regular expression made to backtrack for ever ends at once', () => {
    const document = [`${'a'.repeat(5_000)}!`];
    expect(read('$[?(@ =~ /(a+)+b/)]', document)).toBe('[]');
  });

  test.each([
    ['$..*..*..*', () => chain(300)],
    ['$.list[?($.list == $.twin)]', () => ({ list: numbers(3_000), twin: numbers(3_000) })],
    ['$.list[?(@ in $.twin)]', () => ({ list: numbers(3_000), twin: numbers(3_000).map((n) => -n - 1) })],
  ])('%s is stopped', (text, makeDocument) => {
    expect(() => read(text, makeDocument())).toThrow(expect.objectContaining({ error: 'States.Runtime' }));
  });

  test('a document nested too deeply for a deep scan', () => {
    expect(() => read('$..a', chain(5_000))).toThrow(StatesError);
    expect(read('$..z', chain(500))).toBe('[]');
  });
});

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function chain(depth: number): Json {
  let value: Json = { end: 1 };
  for (let level = 0; level < depth; level++) value = { a: value };
  return value;
}

describe('names that all values have from elsewhere', () => {
  test.each<[string, Json, Json]>([
    ['$..length', [{ length: 1 }, 'text', [1, 2]], [1]],
    ['$..constructor', [{ constructor: 1 }, {}, []], [1]],
    ['$..rawJSON', [parseJson('1.0'), { rawJSON: 2 }], [2]],
    ["$..['__proto__']", [{}, parseJson('{"__proto__": 3}')], [3]],
    ["$..['0']", [['first'], { '0': 4 }], [4]],
    ['$..map', [[1], { map: 5 }], [5]],
  ])('%s finds members of the data only', (path, document, expected) => {
    expect(compileJsonPath(path).read(document)).toEqual(expected);
  });
});
