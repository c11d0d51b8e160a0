import { describe, expect, it } from 'vitest';
import { parseInputFilter } from './input-filter.ts';

describe('a filter of inputs', () => {
  it.each<[text: string, path: Array<string | number>, value: string]>([
    ['orderId = 42', ['orderId'], '42'],
    ['orderId=42', ['orderId'], '42'],
    ['$.orderId == -1.50e3', ['orderId'], '-1.50e3'],
    ['customer.name = "Ann and = \\"Bob\\""', ['customer', 'name'], '"Ann and = \\"Bob\\""'],
    ['customer.name = Ann Lee', ['customer', 'name'], '"Ann Lee"'],
    ['items[0].sku = A17', ['items', 0, 'sku'], '"A17"'],
    ['["first name"].x = true', ['first name', 'x'], 'true'],
    ['a["b.c"][2] = null', ['a', 'b.c', 2], 'null'],
    ['zip = 0123', ['zip'], '"0123"'],
    ['größe = "\\u00e4"', ['größe'], '"ä"'],
  ])('%s', (text, path, value) => {
    expect(parseInputFilter(text)).toEqual([{ path, value }]);
  });

  it('has conditions that must all hold', () => {
    expect(parseInputFilter('a = 1 and b.c = x AND d = "y"')).toEqual([
      { path: ['a'], value: '1' },
      { path: ['b', 'c'], value: '"x"' },
      { path: ['d'], value: '"y"' },
    ]);
  });

  it.each([
    ['', 'name of a member'],
    ['orderId', "'='"],
    ['orderId =', 'a text, a number'],
    ['orderId > 4', "'='"],
    ['= 4', 'name of a member'],
    ['a = {"b":1}', 'a text, a number'],
    ['a = "x" b = 1', "'and' or the end"],
    ['a = "\\x"', 'not a JSON string'],
    ['a.. = 1', "'='"],
    [Array.from({ length: 11 }, (_, index) => `a${index} = 1`).join(' and '), 'more than 10'],
  ])('refuses %s', (text, reason) => {
    expect(() => parseInputFilter(text)).toThrow(reason);
  });

  it('takes no time to refuse what is long', () => {
    const begun = performance.now();
    expect(() => parseInputFilter(`a = "${'\\\\'.repeat(500)}`)).toThrow('inputFilter');
    expect(() => parseInputFilter(`a = x${' and'.repeat(250)} = `)).toThrow('inputFilter');
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});
