import type { LimiterShape } from '@everstep/protocol';
import { describe, expect, it } from 'vitest';
import { draftOf, NEW_LIMITER, rateText, settingsOf } from './limiter-draft.ts';

describe('the form of a limiter', () => {
  it.each<LimiterShape>([
    {},
    { description: 'tariff', resource: '*:function:price', stateMachine: 'orders', key: '$.tenant' },
    { limit: { concurrency: 10 }, limitPerKey: { rate: { permits: 100, seconds: 60, burst: 20 } } },
    { limit: { rate: { permits: 5, seconds: 30 } }, priority: -3 },
    {
      limitPerKey: { concurrency: 1, rate: { permits: 1, seconds: 0.5 } },
      priorityExpression: '{% $states.input.p %}',
    },
  ])('%j is the same after it', (shape) => {
    expect(settingsOf(draftOf('price', shape))).toEqual({ shape, problems: {} });
  });

  it('says what is wrong, at its field', () => {
    const wrong = { name: ' ', concurrency: 'many', rate: '10 a minute', keyBurst: '5', burst: '-1' };
    expect(
      Object.keys(settingsOf({ ...NEW_LIMITER, ...wrong }).problems).toSorted((a, b) => a.localeCompare(b)),
    ).toEqual([...['burst', 'concurrency', 'keyBurst', 'name', 'rate']]);
  });

  it('writes rates as they are spoken', () => {
    const texts = [1, 60, 3_600, 86_400, 30, 0.5].map((seconds) => rateText({ permits: 7, seconds }));
    expect(texts).toEqual(['7/s', '7/m', '7/h', '7/d', '7/30s', '7/0.5s']);
  });
});
