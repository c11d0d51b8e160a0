import { describe, expect, test } from 'vitest';
import { ExpressionSyntaxError } from '../../errors.ts';
import { compileJsonata } from './compile.ts';

describe('an expression that would cost too much to read is refused before it does', () => {
  const chain = (link: string, count: number): string => Array.from({ length: count }, () => 'a').join(link);

  test.each([
    ['a long text', `"${'x'.repeat(70_000)}"`],
    ['deep brackets', `${'['.repeat(2_000)}1${']'.repeat(2_000)}`],
    ['deep blocks', `${'('.repeat(5_000)}1${')'.repeat(5_000)}`],
    ['many operators in a row', chain(' + ', 5_000)],
    ['a chain whose left side is copied by every link', chain(' ?? ', 40)],
    ['the same with the other operator', chain(' ?: ', 40)],
    ['the same behind what could be a pattern', `x = /"/ ?? ${chain(' ?? ', 40)}`],
    ['nested functions', `${'function($x) {'.repeat(1_000)}1${'}'.repeat(1_000)}`],
    ['a deep object', `${'{"a": '.repeat(2_000)}1${'}'.repeat(2_000)}`],
    ['negations', `${'-'.repeat(20_000)}1`],
    ['conditions', `${'a ? b : '.repeat(5_000)}c`],
  ])('%s', (_what, text) => {
    const before = process.cpuUsage();
    expect(() => compileJsonata(text)).toThrow(ExpressionSyntaxError);
    const { user } = process.cpuUsage(before);
    expect(user / 1e6).toBeLessThan(2);
  });
});

test('what is usual is far below the bounds', () => {
  expect(() => compileJsonata(Array.from({ length: 200 }, (_, index) => `a${index}`).join(' & '))).not.toThrow();
  expect(() => compileJsonata(`[${Array.from({ length: 5_000 }, () => '{"a": b.c}').join(', ')}]`)).not.toThrow();
  expect(() => compileJsonata('a ?? b ?? c ?? d ?: e')).not.toThrow();
});
