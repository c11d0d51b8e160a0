import { JsonataError } from '../errors.ts';
import { readIntegerPicture } from './integer-picture.ts';
import type { IntegerPicture, LetterCase } from './integer-picture.ts';

/** `[M01]`, `[FNn,3-3]` … */
export interface Marker {
  readonly kind: 'marker';
  /** The letter of what is shown. */
  readonly component: string;
  /** Shown by its name, in this case. */
  readonly names: LetterCase | null;
  readonly integer: IntegerPicture | null;
  readonly maxWidth: number | undefined;
  /** Digits of a year, or -1 for all. */
  readonly yearDigits: number;
  /** `t`: a time zone of zero is `Z`. */
  readonly modifier: string;
}

export type PicturePart = { readonly kind: 'literal'; readonly text: string } | Marker;

const DEFAULT_PRESENTATIONS = new Map([
  ['Y', '1'],
  ['M', '1'],
  ['D', '1'],
  ['d', '1'],
  ['F', 'n'],
  ['W', '1'],
  ['w', '1'],
  ['X', '1'],
  ['x', '1'],
  ['H', '1'],
  ['h', '1'],
  ['P', 'n'],
  ['m', '01'],
  ['s', '01'],
  ['f', '1'],
  ['Z', '01:01'],
  ['z', '01:01'],
  ['C', 'n'],
  ['E', 'n'],
]);
const INTEGERS = 'YMDdFWwXxHhmsf';
/** More digits than any part of a date has; a picture may ask for more, and gets an error. */
const MAX_WIDTH = 100;

/** Reads a date/time picture (XPath's fn:format-dateTime). */
export function readDatePicture(picture: string): readonly PicturePart[] {
  const parts: PicturePart[] = [];
  const addLiteral = (text: string): void => {
    if (text !== '') parts.push({ kind: 'literal', text: text.replaceAll(']]', ']') });
  };
  let start = 0;
  let at = picture.indexOf('[');
  while (at !== -1) {
    addLiteral(picture.slice(start, at));
    if (picture.charAt(at + 1) === '[') {
      parts.push({ kind: 'literal', text: '[' });
      start = at + 2;
    } else {
      const end = picture.indexOf(']', at);
      if (end === -1) throw new JsonataError('D3135');
      const marker = readMarker(picture.slice(at + 1, end).replace(/\s+/g, ''));
      limitPrevious(parts.at(-1), marker);
      parts.push(marker);
      start = end + 1;
    }
    at = picture.indexOf('[', start);
  }
  addLiteral(picture.slice(start));
  return parts;
}

/** A number right before another one is as long as its mandatory digits, or nobody could tell them apart. */
function limitPrevious(previous: PicturePart | undefined, marker: Marker): void {
  if (marker.integer === null || !INTEGERS.includes(marker.component)) return;
  if (previous?.kind !== 'marker' || previous.integer === null) return;
  previous.integer.parseWidth = previous.integer.mandatoryDigits;
}

function readMarker(marker: string): Marker {
  const component = marker.charAt(0);
  const comma = marker.lastIndexOf(',');
  const [least, most] = comma === -1 ? [] : readWidths(marker.slice(comma + 1));
  const given = marker.slice(1, comma === -1 ? undefined : comma);
  const hasModifier = given.length > 1 && 'atco'.includes(given.charAt(given.length - 1));
  const modifier = hasModifier ? given.charAt(given.length - 1) : '';
  const presentation = given === '' ? DEFAULT_PRESENTATIONS.get(component) : hasModifier ? given.slice(0, -1) : given;
  if (presentation === undefined) throw new JsonataError('D3132', { value: component });
  const names = nameCase(presentation);
  const isInteger = names === null && INTEGERS.includes(component);
  let integer: IntegerPicture | null = null;
  if (isInteger) integer = readIntegerPicture(modifier === '' ? presentation : `${presentation};${modifier}`);
  else if (component === 'Z' || component === 'z') integer = readIntegerPicture(presentation);
  let yearDigits = -1;
  if (isInteger && integer !== null) {
    if (least !== undefined && integer.kind === 'decimal')
      integer.mandatoryDigits = Math.max(integer.mandatoryDigits, least);
    if (component === 'Y') yearDigits = limitYear(integer, most);
  }
  return { kind: 'marker', component, names, integer, maxWidth: most, yearDigits, modifier };
}

function limitYear(integer: IntegerPicture, most: number | undefined): number {
  if (most !== undefined) {
    integer.mandatoryDigits = most;
    return most;
  }
  const digits = integer.mandatoryDigits + integer.optionalDigits;
  return digits >= 2 ? digits : -1;
}

function nameCase(presentation: string): LetterCase | null {
  if (presentation.startsWith('n')) return 'lower';
  if (!presentation.startsWith('N')) return null;
  return presentation.charAt(1) === 'n' ? 'title' : 'upper';
}

/** `2`, `1-3`, `*-4`: the least and the most characters. */
function readWidths(widths: string): readonly (number | undefined)[] {
  return widths.split('-', 2).map((width) => {
    if (width === '*' || width === '') return undefined;
    const count = Number.parseInt(width, 10);
    if (count > MAX_WIDTH) throw new JsonataError('D4008', { functionName: 'fromMillis' });
    return Number.isNaN(count) ? undefined : count;
  });
}
