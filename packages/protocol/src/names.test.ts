import { describe, expect, it } from 'vitest';
import { isValidName } from './names.ts';

describe('names', () => {
  it.each(['a', 'order-processing_2', 'state.machine', 'Ünïcödé', '注文', 'a'.repeat(80), "it's(fine)+=@!"])(
    'takes %j',
    (name) => {
      expect(isValidName(name)).toBe(true);
    },
  );

  it.each([
    '',
    'a'.repeat(81),
    'two words',
    'tab\tbed',
    'no\u00a0break',
    ...'<>{}[]?*"#%\\^|~`$&,;:/'.split('').map((character) => `a${character}b`),
    '\u0000a',
    'a\u001f',
    'a\u007f',
    'a\u0085',
    'a\u009f',
    'pair\u{1f600}',
    'alone\ud800',
    'a\uffff',
  ])('refuses %j', (name) => {
    expect(isValidName(name)).toBe(false);
  });
});
