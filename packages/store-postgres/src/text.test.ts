import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeText, encodeText } from './text.ts';

test('every string comes back, from a form that UTF-8 and Postgres take', () => {
  const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));
  const oddUnit = fc.constantFrom('\0', '\u0001', '\ud800', '\udfff', '"', '\\', 'a');
  fc.assert(
    fc.property(fc.array(fc.oneof(anyUnit, oddUnit)), (units) => {
      const text = units.join('');
      const stored = encodeText(text);
      expect(stored).not.toContain('\0');
      expect(stored.isWellFormed()).toBe(true);
      expect(decodeText(stored)).toBe(text);
    }),
  );
});

test('an ordinary string is stored as it is', () => {
  expect(encodeText('{"a":"ü😀"}')).toBe('{"a":"ü😀"}');
});
