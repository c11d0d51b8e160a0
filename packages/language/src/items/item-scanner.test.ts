import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatesError } from '../errors.ts';
import { MAXIMUM_ITEM_CHARACTERS } from './item-errors.ts';
import { type ItemFormat, createItemScanner } from './item-scanner.ts';

const JSON_ARRAY: ItemFormat = { type: 'JSON', pointer: null };
const FIRST_ROW: ItemFormat = { type: 'CSV', delimiter: ',', headers: null };

function scan(format: ItemFormat, ...pieces: readonly string[]): unknown[] {
  const scanner = createItemScanner(format);
  return [...pieces.flatMap((piece) => scanner.push(piece)), ...scanner.end()].map((item): unknown => JSON.parse(item));
}

function failureOf(format: ItemFormat, text: string): string {
  try {
    scan(format, text);
  } catch (error) {
    if (error instanceof StatesError && error.error === 'States.ItemReaderFailed') return error.detail;
    throw error;
  }
  throw new Error('nothing failed');
}

/** A text cut at any places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [0, ...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b), text.length];
  return at.slice(1).map((end, index) => text.slice(at[index], end));
}

const places = fc.array(fc.nat(), { maxLength: 12 });
const jsonValue = fc.jsonValue({ maxDepth: 3 });

function token(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

describe('items of a JSON document', () => {
  it('are the elements of an array, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(jsonValue), places, fc.constantFrom(undefined, 1, '\t'), (items, at, indent) => {
        const text = JSON.stringify(items, null, indent);
        expect(scan(JSON_ARRAY, ...cut(text, at))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('are found where a pointer leads, whatever lies around', () => {
    const name = fc.string({ maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(jsonValue),
        fc.array(name, { minLength: 1, maxLength: 3 }),
        jsonValue,
        places,
        (items, path, other, at) => {
          const around = path.reduceRight<unknown>(
            (inner, key) => ({ [`x${key}`]: other, [`k${key}`]: inner, y: [other] }),
            items,
          );
          const pointer = path.map((key) => `/${token(`k${key}`)}`).join('');
          expect(scan({ type: 'JSON', pointer }, ...cut(JSON.stringify(around), at))).toEqual(
            JSON.parse(JSON.stringify(items)),
          );
        },
      ),
    );
  });

  it('are the members of an object where a pointer leads to one', () => {
    expect(scan({ type: 'JSON', pointer: '/a/1' }, '{"a": [0, {"x": 1, "y\\"": [2]}, {}]}')).toEqual([
      { Key: 'x', Value: 1 },
      { Key: 'y"', Value: [2] },
    ]);
    expect(scan({ type: 'JSON', pointer: '/a' }, '{"a": {}}')).toEqual([]);
    expect(scan({ type: 'JSON', pointer: '' }, '{"__proto__": 1}')).toEqual([{ Key: '__proto__', Value: 1 }]);
  });

  it('keep the text of their numbers, and are written without blanks', () => {
    const scanner = createItemScanner(JSON_ARRAY);
    expect(scanner.push('\ufeff [ 1.0 , { "a" : 12345678901234567890 } ] ')).toEqual([
      '1.0',
      '{"a":12345678901234567890}',
    ]);
  });

  it('need nothing of what lies behind them', () => {
    const scanner = createItemScanner({ type: 'JSON', pointer: '/a' });
    expect(scanner.push('{"a":[1],"b":')).toEqual(['1']);
    expect(scanner.done).toBe(true);
    expect(scanner.push('}}}')).toEqual([]);
  });

  it.each(['{"Hello": "world"}', '5', '"text"', 'null', 'true'])('are not in %s', (text) => {
    expect(failureOf(JSON_ARRAY, text)).toBe('Attempting to map over non-iterable node.');
  });

  it.each([
    ['/b', '{"a": []}'],
    ['/a', '{"a": 1}'],
    ['/2', '[[1], [2]]'],
    ['/a/x', '{"a": []}'],
    ['/a', '[]'],
  ])('are not at %s in %s', (pointer, text) => {
    expect(failureOf({ type: 'JSON', pointer }, text)).toBe('Attempting to map over non-iterable node.');
  });

  it.each(['', '[', '[1', '[1,', '[1,]', '[1 2]', '[1] 2', '[}', '[{"a":}]', '[{"a"}]', '[tru]', '["\n"]', '[01]'])(
    'are not taken from %j, which is no JSON',
    (text) => {
      expect(failureOf(JSON_ARRAY, text)).toMatch(/not valid JSON/);
    },
  );

  it.each(['{"a" 1}', '{1: 2}', '{"b": 1,}', '{"b": 1 "a": []}'])('are not looked for in %s', (text) => {
    expect(failureOf({ type: 'JSON', pointer: '/a' }, text)).toMatch(/not valid JSON/);
  });

  it('are not kept beyond a size', () => {
    const scanner = createItemScanner(JSON_ARRAY);
    const piece = 'x'.repeat(1024 * 1024);
    scanner.push('["');
    expect(() => {
      for (let pieces = 0; pieces <= MAXIMUM_ITEM_CHARACTERS / piece.length; pieces++) scanner.push(piece);
    }).toThrow(expect.objectContaining({ error: 'States.ItemReaderFailed' }));
  });

  it('refuse a pointer that is none', () => {
    expect(failureOf({ type: 'JSON', pointer: 'a' }, '[]')).toContain("'a' is not a JSON Pointer");
  });
});

describe('items of JSON Lines', () => {
  it('are the lines, wherever they are cut', () => {
    fc.assert(
      fc.property(fc.array(jsonValue), places, fc.constantFrom('\n', '\r\n', '\n\n'), (items, at, end) => {
        const text = items.map((item) => JSON.stringify(item) + end).join('');
        expect(scan({ type: 'JSONL' }, ...cut(text, at))).toEqual(JSON.parse(JSON.stringify(items)));
      }),
    );
  });

  it('need no line break at the end, and tell the line that is none', () => {
    expect(scan({ type: 'JSONL' }, '\ufeff1\n2')).toEqual([1, 2]);
    expect(failureOf({ type: 'JSONL' }, '1\n\n{"a"\n')).toMatch(/^Line 3 of the JSON Lines is not valid JSON/);
  });
});

function quoted(field: string): string {
  return `"${field.replaceAll('\\', '\\\\').replaceAll('"', '""')}"`;
}

describe('items of a CSV file', () => {
  it('are its rows, wherever it is cut', () => {
    const field = fc.oneof(fc.string(), fc.constantFrom('', ',', '"', '\n', '\r\n', '\\', '""', ' ', ';\t|'));
    fc.assert(
      fc.property(
        fc.array(fc.array(field, { minLength: 2, maxLength: 2 })),
        fc.constantFrom(',', '|', ';', ' ', '\t'),
        fc.constantFrom('\n', '\r\n'),
        places,
        (rows, delimiter, end, at) => {
          const text = rows.map((row) => row.map(quoted).join(delimiter) + end).join('');
          const items = scan({ type: 'CSV', delimiter, headers: ['a', 'b'] }, ...cut(text, at));
          expect(items).toEqual(rows.map(([a, b]) => ({ a, b })));
        },
      ),
    );
  });

  it('have the same fields without quotes, where a field needs none', () => {
    const field = fc.stringMatching(/^[a-z' ]*$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field, field)), places, (rows, at) => {
        const text = rows.map((row) => `${row.join('|')}\n`).join('');
        const headers = ['a', 'b', 'c'];
        const items = scan({ type: 'CSV', delimiter: '|', headers }, ...cut(text, at));
        expect(items).toEqual(rows.map(([a, b, c]) => ({ a, b, c })));
      }),
    );
  });

  it('have empty strings for fields that a row lacks, and nothing for those beyond the header', () => {
    const text = "0,True,{}\nValue4,Value5,Value6\n,,,\ntrue,1,'HelloWorld'\nNull,None,\n   \n";
    expect(scan(FIRST_ROW, text)).toEqual([
      { 0: 'Value4', True: 'Value5', '{}': 'Value6' },
      { 0: '', True: '', '{}': '' },
      { 0: 'true', True: '1', '{}': "'HelloWorld'" },
      { 0: 'Null', True: 'None', '{}': '' },
      { 0: '   ', True: '', '{}': '' },
    ]);
    expect(scan(FIRST_ROW, 'H1,\na,b,c\n')).toEqual([{ H1: 'a', '': 'b' }]);
  });

  it('lose a backslash before anything but a quote, the delimiter and a backslash', () => {
    const header = 'path,size\n';
    expect(scan(FIRST_ROW, `${header}C:\\\\Program Files\\\\MyApp.exe,6534512\n`)).toEqual([
      { path: 'C:\\Program Files\\MyApp.exe', size: '6534512' },
    ]);
    expect(scan(FIRST_ROW, `${header}a\\,b\\x,\\"c\\"\n`)).toEqual([{ path: 'a,bx', size: '"c"' }]);
    expect(scan(FIRST_ROW, `${header}"a\\"b\\n","c"\n`)).toEqual([{ path: 'a"bn', size: 'c' }]);
  });

  it('are none where a line is empty, and end without a line break', () => {
    expect(scan(FIRST_ROW, '\ufeffa,b\r\n\r\n1,2\r\n\n"",3')).toEqual([
      { a: '1', b: '2' },
      { a: '', b: '3' },
    ]);
    expect(scan(FIRST_ROW, 'a\n""\n\nx\n')).toEqual([{ a: '' }, { a: 'x' }]);
    expect(scan(FIRST_ROW, '')).toEqual([]);
  });

  it('may have a quote in the middle of a field', () => {
    expect(scan(FIRST_ROW, 'a,b\n5" pipe,"x"y\n')).toEqual([{ a: '5" pipe', b: 'xy' }]);
  });

  it('are not taken from a field without end, or from a header that is too long', () => {
    expect(failureOf(FIRST_ROW, 'a\n"b\nc')).toContain('does not end');
    expect(failureOf(FIRST_ROW, `${'h'.repeat(11_000)}\n1\n`)).toContain('header');
    expect(failureOf(FIRST_ROW, `a\n"${'x'.repeat(MAXIMUM_ITEM_CHARACTERS + 1)}`)).toContain('larger than');
  });

  it('may have any name as header', () => {
    const [item] = scan(FIRST_ROW, '__proto__,constructor\n1,2\n');
    expect(Object.entries(item ?? {})).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });
});
