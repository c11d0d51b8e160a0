import { JsonataError } from '../errors.ts';

const ROMAN: readonly (readonly [value: number, numeral: string])[] = [
  [1000, 'm'],
  [900, 'cm'],
  [500, 'd'],
  [400, 'cd'],
  [100, 'c'],
  [90, 'xc'],
  [50, 'l'],
  [40, 'xl'],
  [10, 'x'],
  [9, 'ix'],
  [5, 'v'],
  [4, 'iv'],
  [1, 'i'],
];
const ROMAN_DIGITS = new Map([
  ['M', 1000],
  ['D', 500],
  ['C', 100],
  ['L', 50],
  ['X', 10],
  ['V', 5],
  ['I', 1],
]);
/** A Roman number has one letter for every thousand. */
const MAX_ROMAN = 1_000_000;

export function toRoman(value: number): string {
  if (value > MAX_ROMAN) throw new JsonataError('D1001', { value });
  let left = value;
  let text = '';
  for (const [worth, numeral] of ROMAN) {
    const count = Math.floor(left / worth);
    text += numeral.repeat(count);
    left -= count * worth;
  }
  return text;
}

/** Upper-case Roman digits; a smaller one before a bigger one is taken away from it. */
export function fromRoman(text: string): number {
  let sum = 0;
  let highest = 1;
  for (const digit of Array.from(text).reverse()) {
    const worth = ROMAN_DIGITS.get(digit) ?? Number.NaN;
    if (worth < highest) sum -= worth;
    else {
      highest = worth;
      sum += worth;
    }
  }
  return sum;
}

/** a, b … z, aa, ab …; `first` is the letter of 1. */
export function toLetters(value: number, first: string): string {
  let text = '';
  for (let left = value; left > 0; left = Math.floor((left - 1) / 26)) {
    text = String.fromCharCode(((left - 1) % 26) + first.charCodeAt(0)) + text;
  }
  return text;
}

export function fromLetters(text: string, first: string): number {
  let value = 0;
  for (let index = 0; index < text.length; index++) {
    value += (text.charCodeAt(text.length - index - 1) - first.charCodeAt(0) + 1) * 26 ** index;
  }
  return value;
}
