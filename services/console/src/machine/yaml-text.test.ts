import { describe, expect, it } from 'vitest';
import { readDefinitionText, yamlText } from './yaml-text.ts';

const NUMBERS =
  '{"StartAt":"b","States":{"b":{"Result":{"one":1.0,"big":12345678901234567890,"huge":1e400,"less":-0.50E-3,"text":"1.0","yes":"true","none":null}},"2":{},"1":[]}}';

const problemOf = (text: string): string => {
  const read = readDefinitionText(text);
  return 'problem' in read ? read.problem : '';
};

describe('definitions in YAML', () => {
  it('come back as they went out: numbers by their digits, fields in their order, texts as texts', () => {
    const read = readDefinitionText(yamlText(NUMBERS));
    expect('text' in read ? read.text.replaceAll(/\s/g, '') : read).toBe(NUMBERS);
  });

  it('JSON text is taken as it is', () => {
    expect(readDefinitionText(NUMBERS)).toEqual({ text: NUMBERS });
  });

  it('numbers that YAML alone writes become numbers of JSON, and aliases what they stand for', () => {
    const read = readDefinitionText('a: &x {n: 0x1F}\nb: *x\nc: .5\n1: +2\n');
    expect('text' in read ? read.text.replaceAll(/\s/g, '') : read).toBe('{"a":{"n":31},"b":{"n":31},"c":0.5,"1":2}');
  });

  it.each([
    ['a: 1\nb: [1', /^Line \d+, column \d+: /],
    ['a: 1\na: 2\n', /^Line 2, column 1: .*unique/],
    ['a: 1\nb: .nan\n', /^Line 2, column 4: JSON has no/],
    ['a: 1\nb: !Sub "${X}"\n', /^Line 2, column 4: Unresolved tag: !Sub/],
    ['- 1\n', /^This is no definition/],
    ['just words', /^This is no definition/],
    ['a: &a\n  b: *a\n', /contains itself|[Aa]lias/],
    ['a: 1\n---\nb: 2\n', /^Line \d+/],
  ])('%j is refused', (text, problem) => {
    expect(problemOf(text)).toMatch(problem);
  });

  it('aliases that unfold without end are refused', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const alias = level === 0 ? '"a long enough text"' : `*l${level - 1}`;
      return `l${level}: &l${level} [${Array.from({ length: 9 }, () => alias).join(', ')}]`;
    });
    expect(problemOf(levels.join('\n'))).toMatch(/alias|unfolds/i);
  });
});
