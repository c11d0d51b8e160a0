import { describe, expect, it } from 'vitest';
import { randomIds } from './execution-ids.ts';
import { chooseRoute } from './start-target.ts';

const routes = (first: number) => [
  { version: 1, weight: first },
  { version: 2, weight: 100 - first },
];

describe('the version that an alias chooses', () => {
  it('is the same for the same execution', () => {
    const executionId = randomIds.executionId(1_700_000_000_000);
    expect(chooseRoute(routes(50), executionId)).toBe(chooseRoute(routes(50), executionId));
  });

  it.each([
    [0, 2],
    [100, 1],
  ])('with %i percent for the first is always %i', (first, version) => {
    for (let count = 0; count < 200; count++) {
      expect(chooseRoute(routes(first), randomIds.executionId(1_700_000_000_000))).toBe(version);
    }
  });

  it('follows the weights', () => {
    let first = 0;
    for (let count = 0; count < 10_000; count++) {
      if (chooseRoute(routes(20), randomIds.executionId(1_700_000_000_000 + count)) === 1) first++;
    }
    // Five standard deviations to either side.
    expect(Math.abs(first - 2_000)).toBeLessThan(200);
  });

  it('is every part of a hundred exactly once', () => {
    // The last byte is the lane, which all executions of a state machine share.
    const id = (drawn: number) => `0198b3a2-7c4e-7d11-8a55-01${drawn.toString(16).padStart(8, '0')}5f`;
    const versions = Array.from({ length: 100 }, (_, number) => chooseRoute(routes(37), id(number)));
    expect(versions.filter((version) => version === 1)).toHaveLength(37);
  });
});
