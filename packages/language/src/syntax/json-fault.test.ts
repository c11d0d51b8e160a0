import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonFault, jsonDepthExceeds } from './json-fault.ts';

describe('findJsonFault', () => {
  it.each([
    ['{', 1, 2, 'Unexpected end-of-input: was expecting double-quote to start field name'],
    ['{"a": 1,}', 1, 9, "Unexpected character ('}' (code 125)): was expecting double-quote to start field name"],
    ['{\n  StartAt: 1}', 2, 3, "Unexpected character ('S' (code 83))"],
    ['{"a" 1}', 1, 6, "Unexpected character ('1' (code 49)): was expecting a colon"],
    ['{"a": 1 "b": 2}', 1, 9, 'was expecting comma'],
    ['[1, 2', 1, 6, 'Unexpected end-of-input'],
    ['[1,]', 1, 4, "Unexpected character (']' (code 93)): was expecting a value"],
    ['{"a": "x\ny"}', 1, 7, 'Invalid string'],
    ['["never ending', 1, 2, 'Invalid string'],
    ['["\\x"]', 1, 2, 'Invalid string'],
    ['{"a": 01}', 1, 7, 'was expecting a value'],
    ['{} x', 1, 4, 'was expecting the end of the text'],
    ['{"a": 1]', 1, 8, 'was expecting comma'],
    ['', 1, 1, 'Unexpected end-of-input'],
    ["{'a': 1}", 1, 2, "Unexpected character (''' (code 39))"],
  ])('finds where %j stops being JSON', (text, line, column, message) => {
    const fault = findJsonFault(text);
    expect(fault).toMatchObject({ line, column });
    expect(fault.message).toContain(message);
  });

  it('walks over every valid text to its end', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
        const pretty = JSON.stringify(JSON.parse(text), null, indent);
        expect(findJsonFault(`${pretty}?`)).toMatchObject({
          line: pretty.split('\n').length,
          column: pretty.length - pretty.lastIndexOf('\n'),
          message: "Unexpected character ('?' (code 63)): was expecting the end of the text",
        });
      }),
    );
  });
});

describe('jsonDepthExceeds', () => {
  it('counts open brackets outside strings', () => {
    expect(jsonDepthExceeds('[[{"a":[]}]]', 4)).toBe(false);
    expect(jsonDepthExceeds('[[{"a":[]}]]', 3)).toBe(true);
    expect(jsonDepthExceeds('["[[[[[", "\\"[[[[", []]', 2)).toBe(false);
    expect(jsonDepthExceeds('[],[],[],[]', 1)).toBe(false);
  });
});
