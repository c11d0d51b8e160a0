import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { compareTimestamps, parseTimestamp } from './timestamp.ts';

describe('parseTimestamp', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0, 0],
    ['2016-12-05T21:29:29Z', 1_480_973_369, 0],
    ['2000-02-29T00:00:00Z', 951_782_400, 0],
    ['1969-12-31T23:59:59.5Z', -1, 500_000_000],
    ['2012-10-09T19:00:55+01:00', 1_349_805_655, 0],
    ['2012-10-09T19:00:55-00:30', 1_349_811_055, 0],
    ['2012-10-09T19:00:55.000000001Z', 1_349_809_255, 1],
    ['0000-03-01T00:00:00Z', -62_162_035_200, 0],
  ])('reads %s', (text, seconds, nanoseconds) => {
    expect(parseTimestamp(text)).toEqual({ seconds, nanoseconds });
  });

  it.each([
    ['2012-10-09T19:00:55', 'no zone'],
    ['2012-10-09', 'no time'],
    ['2016-12-05 21:29:29Z', 'no T'],
    ['2016-12-05t21:29:29Z', 'a small t'],
    ['2016-12-05T21:29:29z', 'a small z'],
    ['2016-13-05T21:29:29Z', 'month 13'],
    ['2016-00-05T21:29:29Z', 'month 0'],
    ['2015-02-29T00:00:00Z', 'no leap year'],
    ['1900-02-29T00:00:00Z', 'no leap year either'],
    ['2016-04-31T00:00:00Z', 'April 31'],
    ['2016-12-05T25:29:29Z', 'hour 25'],
    ['2016-12-05T24:00:00Z', 'hour 24'],
    ['2016-12-05T21:60:29Z', 'minute 60'],
    ['2016-12-05T21:29:60Z', 'second 60'],
    ['05-12-2016T21:29:29Z', 'day first'],
    ['2016-12-05T21:29:29+25:00', 'no such offset'],
    ['2016-12-05T21:29:29.Z', 'an empty fraction'],
    ['', 'nothing'],
    ['2016-12-05T21:29:29Z\n', 'a line end'],
  ])('refuses %s (%s)', (text) => {
    expect(parseTimestamp(text)).toBeNull();
  });

  it('agrees with the engine about every millisecond it can write', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('0001-01-01T00:00:00Z'),
          max: new Date('9999-12-31T23:59:59.999Z'),
          noInvalidDate: true,
        }),
        (date) => {
          const parsed = parseTimestamp(date.toISOString());
          expect((parsed?.seconds ?? 0) * 1000 + (parsed?.nanoseconds ?? 0) / 1e6).toBe(date.getTime());
        },
      ),
    );
  });
});

describe('compareTimestamps', () => {
  const order = (left: string, right: string): number => {
    const [a, b] = [parseTimestamp(left), parseTimestamp(right)];
    if (a === null || b === null) throw new Error('bad test');
    return Math.sign(compareTimestamps(a, b));
  };

  it('compares moments and not texts', () => {
    expect(order('2012-10-09T20:00:55+01:00', '2012-10-09T19:00:55Z')).toBe(0);
    expect(order('2012-10-09T19:00:55.10Z', '2012-10-09T19:00:55.1Z')).toBe(0);
    expect(order('2012-10-09T19:00:55.09Z', '2012-10-09T19:00:55.1Z')).toBe(-1);
    expect(order('2012-10-09T19:00:56+01:00', '2012-10-09T19:00:55Z')).toBe(-1);
    expect(order('2012-10-09T19:00:56Z', '2012-10-09T19:00:55.999999999Z')).toBe(1);
  });
});
