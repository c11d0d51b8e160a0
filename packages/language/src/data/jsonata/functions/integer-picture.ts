import { JsonataError } from '../errors.ts';
import { fromLetters, fromRoman, toLetters, toRoman } from './numerals.ts';
import { numberToWords, WORDS_PATTERN, wordsToNumber } from './number-words.ts';

export type LetterCase = 'upper' | 'lower' | 'title';

interface Separator {
  /** How many digits stand to its right. */
  readonly position: number;
  readonly character: string;
}

/** How an integer is written: `#,##0`, `I`, `w;o` and the like (XPath's fn:format-integer). */
export interface IntegerPicture {
  readonly kind: 'decimal' | 'letters' | 'roman' | 'words' | 'sequence';
  readonly letterCase: LetterCase;
  readonly isOrdinal: boolean;
  /** The first character, where the picture is of no known kind. */
  readonly token: string;
  /** The code point of the digit zero. */
  readonly zero: number;
  mandatoryDigits: number;
  readonly optionalDigits: number;
  readonly separators: readonly Separator[];
  /** Where the separators are alike and evenly spaced: the space between two. */
  readonly interval: number;
  /** How many digits to read, where another number follows at once. */
  parseWidth: number | undefined;
}

/** The zeros of Unicode's groups of decimal digits. */
const ZEROS = [
  0x30, 0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6, 0x0e50,
  0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
  0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];

const FIXED = new Map<string, Pick<IntegerPicture, 'kind' | 'letterCase'>>([
  ['A', { kind: 'letters', letterCase: 'upper' }],
  ['a', { kind: 'letters', letterCase: 'lower' }],
  ['I', { kind: 'roman', letterCase: 'upper' }],
  ['i', { kind: 'roman', letterCase: 'lower' }],
  ['W', { kind: 'words', letterCase: 'upper' }],
  ['Ww', { kind: 'words', letterCase: 'title' }],
  ['w', { kind: 'words', letterCase: 'lower' }],
]);

export function readIntegerPicture(picture: string): IntegerPicture {
  const semicolon = picture.lastIndexOf(';');
  const primary = semicolon === -1 ? picture : picture.slice(0, semicolon);
  const isOrdinal = semicolon !== -1 && picture.charAt(semicolon + 1) === 'o';
  const base = {
    isOrdinal,
    token: primary,
    zero: 0x30,
    mandatoryDigits: 0,
    optionalDigits: 0,
    separators: [],
    interval: 0,
    parseWidth: undefined,
  };
  const fixed = FIXED.get(primary);
  return fixed === undefined ? { ...base, ...readDigits(primary) } : { ...base, ...fixed };
}

function readDigits(primary: string): Partial<IntegerPicture> & Pick<IntegerPicture, 'kind' | 'letterCase'> {
  let zero: number | undefined;
  let mandatoryDigits = 0;
  let optionalDigits = 0;
  const separators: Separator[] = [];
  for (const character of Array.from(primary).reverse()) {
    const code = character.codePointAt(0) ?? 0;
    const group = ZEROS.find((first) => code >= first && code <= first + 9);
    if (group !== undefined) {
      mandatoryDigits += 1;
      if (zero !== undefined && zero !== group) throw new JsonataError('D3131');
      zero = group;
    } else if (character === '#') optionalDigits += 1;
    else separators.push({ position: mandatoryDigits + optionalDigits, character });
  }
  if (zero === undefined) return { kind: 'sequence', letterCase: 'lower' };
  const isUniform = separators.every(({ character }) => character === separators[0]?.character);
  const interval = isUniform ? regularInterval(separators.map(({ position }) => position)) : 0;
  return { kind: 'decimal', letterCase: 'lower', zero, mandatoryDigits, optionalDigits, separators, interval };
}

/** The distance between positions that are evenly spaced, beginning with the first; 0 where they are not. */
export function regularInterval(positions: readonly number[]): number {
  const divisor = (one: number, other: number): number => (other === 0 ? one : divisor(other, one % other));
  const factor = positions.length === 0 ? 0 : positions.reduce((one, other) => divisor(one, other));
  return positions.every((_position, index) => positions.includes((index + 1) * factor)) ? factor : 0;
}

/** Writes an integer by its picture. */
export function formatWithPicture(value: number, picture: IntegerPicture): string {
  const text = formatPositive(Math.abs(value), picture);
  return value < 0 ? `-${text}` : text;
}

function formatPositive(value: number, picture: IntegerPicture): string {
  const { letterCase } = picture;
  switch (picture.kind) {
    case 'letters':
      return toLetters(value, letterCase === 'upper' ? 'A' : 'a');
    case 'roman':
      return letterCase === 'upper' ? toRoman(value).toUpperCase() : toRoman(value);
    case 'words': {
      const words = numberToWords(value, picture.isOrdinal);
      return letterCase === 'upper' ? words.toUpperCase() : letterCase === 'lower' ? words.toLowerCase() : words;
    }
    case 'decimal':
      return formatDecimal(value, picture);
    default:
      throw new JsonataError('D3130', { value: picture.token });
  }
}

function formatDecimal(value: number, picture: IntegerPicture): string {
  const plain = String(value).padStart(picture.mandatoryDigits, '0');
  const shift = picture.zero - 0x30;
  let text =
    shift === 0
      ? plain
      : Array.from(plain)
          .map((digit) => shifted(digit, shift))
          .join('');
  if (picture.interval > 0) {
    const character = picture.separators[0]?.character ?? '';
    for (let group = Math.floor((text.length - 1) / picture.interval); group > 0; group--) {
      text = insert(text, text.length - group * picture.interval, character);
    }
  } else {
    for (const { position, character } of [...picture.separators].reverse()) {
      text = insert(text, text.length - position, character);
    }
  }
  return picture.isOrdinal ? text + ordinalSuffix(text) : text;
}

function shifted(digit: string, shift: number): string {
  return String.fromCodePoint(Math.max(0, (digit.codePointAt(0) ?? 0) + shift));
}

/** At a place before the text's beginning, the whole text is behind what is put in, as the language has it. */
function insert(text: string, at: number, part: string): string {
  const place = at < 0 ? Math.max(0, text.length + at) : at;
  return text.slice(0, Math.max(0, at)) + part + text.slice(place);
}

function ordinalSuffix(text: string): string {
  if (text.length > 1 && text.at(-2) === '1') return 'th';
  const suffixes = new Map([
    ['1', 'st'],
    ['2', 'nd'],
    ['3', 'rd'],
  ]);
  return suffixes.get(text.at(-1) ?? '') ?? 'th';
}

/** The regular expression of what a picture may write, and how to read it back. */
export interface IntegerReader {
  readonly pattern: string;
  read(text: string): number;
}

export function integerReader(picture: IntegerPicture): IntegerReader {
  const isUpper = picture.letterCase === 'upper';
  switch (picture.kind) {
    case 'letters':
      return { pattern: isUpper ? '[A-Z]+' : '[a-z]+', read: (text) => fromLetters(text, isUpper ? 'A' : 'a') };
    case 'roman':
      return { pattern: isUpper ? '[MDCLXVI]+' : '[mdclxvi]+', read: (text) => fromRoman(text.toUpperCase()) };
    case 'words':
      return { pattern: WORDS_PATTERN, read: (text) => wordsToNumber(text.toLowerCase()) };
    case 'decimal': {
      const count = picture.parseWidth === undefined ? '+' : `{${picture.parseWidth}}`;
      const suffix = picture.isOrdinal ? '(?:th|st|nd|rd)' : '';
      return { pattern: `[0-9]${count}${suffix}`, read: (text) => readDecimal(text, picture) };
    }
    default:
      throw new JsonataError('D3130', { value: picture.token });
  }
}

function readDecimal(text: string, picture: IntegerPicture): number {
  let digits = picture.isOrdinal ? text.slice(0, -2) : text;
  const characters = picture.interval > 0 ? [','] : picture.separators.map(({ character }) => character);
  for (const character of characters) digits = digits.replaceAll(character, '');
  const shift = 0x30 - picture.zero;
  if (shift !== 0)
    digits = Array.from(digits)
      .map((digit) => shifted(digit, shift))
      .join('');
  return Number.parseInt(digits, 10);
}
