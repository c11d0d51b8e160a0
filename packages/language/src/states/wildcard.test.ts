import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileWildcard } from './wildcard.ts';

describe('compileWildcard', () => {
  it.each([
    ['log-*.txt', 'log-2026.txt', true],
    ['log-*.txt', 'log-.txt', true],
    ['log-*.txt', 'log.txt', false],
    ['*', '', true],
    ['**', 'anything', true],
    ['', '', true],
    ['', 'x', false],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['a*a', 'a', false],
    ['ab*ba', 'aba', false],
    ['*aab', 'aaab', true],
    ['*aab*', 'xaaabx', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['a\\*b*', 'a*bcd', true],
    ['a\\*b*', 'axbcd', false],
    ['\\\\*', '\\anything', true],
    ['\\\\*', 'anything', false],
    ['\\n', '\\n', true],
    ['a.c', 'abc', false],
    ['[a-z]*', 'b', false],
    ['*\n*', 'a\nb', true],
    ['😀*', '😀!', true],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(compileWildcard(pattern)(text)).toBe(expected);
  });

  it('agrees with a regular expression', () => {
    const piece = fc.constantFrom('a', 'b', 'ab', '*');
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.constantFrom('a', 'b')), (pattern, text) => {
        const source = pattern.map((part) => (part === '*' ? '.*' : part)).join('');
        const expected = new RegExp(`^${source}$`).test(text.join(''));
        expect(compileWildcard(pattern.join(''))(text.join(''))).toBe(expected);
      }),
    );
  });

  it('takes time linear in pattern and text where backtracking and naive search would not', () => {
    const needle = `${'a'.repeat(50_000)}b`;
    const matches = compileWildcard(`*${needle}*${needle}*`);
    const started = performance.now();
    expect(matches('a'.repeat(250_000))).toBe(false);
    // The naive product is 10^10 steps, a minute at least; this is 10^6.
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
