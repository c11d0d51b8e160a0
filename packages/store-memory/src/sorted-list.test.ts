import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedList, compareText } from './sorted-list.ts';

const byNumber = (left: number, right: number) => left - right;

describe('SortedList', () => {
  it('holds its values in order, and finds the place of any value', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), fc.array(fc.nat(50)), fc.nat(60), (values, gone, wanted) => {
        const list = new SortedList<number>(byNumber);
        for (const value of values) list.add(value);
        list.removeAll(new Set(gone));
        const expected = values.filter((value) => !gone.includes(value)).toSorted(byNumber);
        expect(list.values).toEqual(expected);
        expect(list.indexOf(wanted)).toBe(expected.filter((value) => value < wanted).length);
      }),
    );
  });
  it('compares texts by their code units', () => {
    expect(['b', 'a', 'B', 'a-', 'a'].toSorted(compareText)).toEqual(['B', 'a', 'a', 'a-', 'b']);
  });
});
