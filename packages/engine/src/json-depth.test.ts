import { describe, expect, it } from 'vitest';
import { isDeeperThan } from './json-depth.ts';

describe('isDeeperThan', () => {
  const nested = (levels: number) => '[{"a":'.repeat(levels / 2) + '1' + '}]'.repeat(levels / 2);

  it('counts lists and objects', () => {
    expect([isDeeperThan(nested(10), 10), isDeeperThan(nested(12), 10)]).toEqual([false, true]);
    expect(isDeeperThan('['.repeat(100_000) + ']'.repeat(100_000), 1_000)).toBe(true);
  });

  it('counts what is open at once, and nothing in texts', () => {
    expect(isDeeperThan(`[${'[[]],'.repeat(1_000)}[]]`, 3)).toBe(false);
    expect(isDeeperThan(JSON.stringify(['"\\[[[[[[['.repeat(100)]), 3)).toBe(false);
    expect(isDeeperThan(JSON.stringify({ 'a"\\': [[[['\\"']]]] }), 4)).toBe(true);
  });
});
