import { JsonataError } from '../errors.ts';
import { MAX_PICTURE_CHARACTERS } from '../limits.ts';
import { isDictionary, member } from '../value.ts';
import type { Value } from '../value.ts';
import { regularInterval } from './integer-picture.ts';
import { round } from './numeric.ts';

/** The signs that a picture is written with, and that stand in the result (XPath's decimal format). */
interface Signs {
  readonly decimal: string;
  readonly grouping: string;
  readonly exponent: string;
  readonly minus: string;
  readonly percent: string;
  readonly perMille: string;
  readonly zero: string;
  readonly optional: string;
  readonly pattern: string;
  /** The ten digits that begin with `zero`. */
  readonly digits: string;
}

/** One of a picture's two halves, for positive and for negative numbers, cut into its parts. */
interface SubPicture {
  readonly text: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly active: string;
  readonly mantissa: string;
  readonly exponent: string | undefined;
  readonly integer: string;
  readonly fraction: string;
}

/** What the parts of a sub-picture ask for. */
interface Layout {
  readonly picture: SubPicture;
  readonly prefix: string;
  readonly integerGroups: readonly number[];
  readonly integerInterval: number;
  readonly fractionGroups: readonly number[];
  readonly scale: number;
  readonly leastInteger: number;
  readonly leastFraction: number;
  readonly mostFraction: number;
  readonly leastExponent: number;
}

const MOST_FRACTION_DIGITS = 100;

/** A number by a picture: `#,##0.00`, `0.0e0`, `01%` … (XPath's fn:format-number). */
export function formatNumber(value: number, picture: string, options: Value): string {
  const signs = readSigns(options);
  const halves = picture.split(signs.pattern);
  if (halves.length > 2) throw new JsonataError('D3080');
  const pictures = halves.map((half) => cut(half, signs));
  for (const half of pictures) validate(half, signs);
  const [positive, negative] = pictures.map((half) => analyse(half, signs));
  if (positive === undefined) return '';
  const layout = value >= 0 ? positive : (negative ?? { ...positive, prefix: signs.minus + positive.prefix });
  return write(value, layout, signs);
}

function readSigns(options: Value): Signs {
  const sign = (name: string, usual: string): string => {
    const given = isDictionary(options) ? member(options, name) : undefined;
    if (typeof given !== 'string') return usual;
    if (given === '' || given.length > MAX_PICTURE_CHARACTERS) {
      throw new JsonataError('D4008', { functionName: 'formatNumber' });
    }
    return given;
  };
  const zero = sign('zero-digit', '0');
  const first = zero.charCodeAt(0);
  return {
    decimal: sign('decimal-separator', '.'),
    grouping: sign('grouping-separator', ','),
    exponent: sign('exponent-separator', 'e'),
    minus: sign('minus-sign', '-'),
    percent: sign('percent', '%'),
    perMille: sign('per-mille', '\u2030'),
    zero,
    optional: sign('digit', '#'),
    pattern: sign('pattern-separator', ';'),
    digits: String.fromCharCode(...Array.from({ length: 10 }, (_none, index) => first + index)),
  };
}

function isActive(sign: string, signs: Signs): boolean {
  const { decimal, exponent, grouping, optional, pattern } = signs;
  return signs.digits.includes(sign) || [decimal, exponent, grouping, optional, pattern].includes(sign);
}

function count(text: string, isCounted: (sign: string) => boolean): number {
  let total = 0;
  for (let index = 0; index < text.length; index++) if (isCounted(text.charAt(index))) total += 1;
  return total;
}

function countDigits(text: string, signs: Signs): number {
  return count(text, (sign) => signs.digits.includes(sign));
}

function countPlaces(text: string, signs: Signs): number {
  return count(text, (sign) => signs.digits.includes(sign) || sign === signs.optional);
}

/** F&O 4.7.3: what stands before and behind the active signs, and what is between them. */
function cut(text: string, signs: Signs): SubPicture {
  const bounds: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const sign = text.charAt(index);
    if (isActive(sign, signs) && sign !== signs.exponent) bounds.push(index);
  }
  const prefix = text.slice(0, bounds[0] ?? 0);
  const suffix = text.slice((bounds.at(-1) ?? text.length) + 1);
  const active = text.slice(prefix.length, text.length - suffix.length);
  const exponentAt = text.indexOf(signs.exponent, prefix.length);
  const hasExponent = exponentAt !== -1 && exponentAt <= text.length - suffix.length;
  // The language takes the position in the whole for one behind the prefix; with a prefix that is one too far.
  const mantissa = hasExponent ? active.slice(0, exponentAt) : active;
  const exponent = hasExponent ? active.slice(exponentAt + 1) : undefined;
  const point = mantissa.indexOf(signs.decimal);
  const integer = point === -1 ? mantissa : mantissa.slice(0, point);
  const fraction = point === -1 ? suffix : mantissa.slice(point + 1);
  return { text, prefix, suffix, active, mantissa, exponent, integer, fraction };
}

function isRepeated(text: string, sign: string): boolean {
  return text.indexOf(sign) !== text.lastIndexOf(sign);
}

/** Of several faults the last one of this list is told, as the language has it. */
function validate(picture: SubPicture, signs: Signs): void {
  const { text, integer, fraction, exponent } = picture;
  const { decimal, grouping, percent, perMille } = signs;
  const point = text.indexOf(decimal);
  const isScaled = text.includes(percent) || text.includes(perMille);
  const optionalInteger = integer.indexOf(signs.optional);
  const optionalFraction = fraction.lastIndexOf(signs.optional);
  const isBesidePoint = point !== -1 && (text.charAt(point - 1) === grouping || text.charAt(point + 1) === grouping);
  const faults: readonly (readonly [isFault: boolean, code: string])[] = [
    [isRepeated(text, decimal), 'D3081'],
    [isRepeated(text, percent), 'D3082'],
    [isRepeated(text, perMille), 'D3083'],
    [text.includes(percent) && text.includes(perMille), 'D3084'],
    [countPlaces(picture.mantissa, signs) === 0, 'D3085'],
    [count(picture.active, (sign) => !isActive(sign, signs)) > 0, 'D3086'],
    [isBesidePoint, 'D3087'],
    [point === -1 && integer.charAt(integer.length - 1) === grouping, 'D3088'],
    [text.includes(grouping + grouping), 'D3089'],
    [optionalInteger !== -1 && countDigits(integer.slice(0, optionalInteger), signs) > 0, 'D3090'],
    [optionalFraction !== -1 && countDigits(fraction.slice(optionalFraction), signs) > 0, 'D3091'],
    [exponent !== undefined && exponent !== '' && isScaled, 'D3092'],
    [exponent !== undefined && (exponent === '' || countDigits(exponent, signs) < exponent.length), 'D3093'],
  ];
  const code = faults.findLast(([isFault]) => isFault)?.[1];
  if (code !== undefined) throw new JsonataError(code);
}

/** F&O 4.7.4. */
function analyse(picture: SubPicture, signs: Signs): Layout {
  const { integer, fraction, exponent } = picture;
  const scale = countDigits(integer, signs);
  let leastInteger = scale;
  let leastFraction = countDigits(fraction, signs);
  let mostFraction = countPlaces(fraction, signs);
  if (leastInteger === 0 && mostFraction === 0) {
    if (exponent === undefined) leastInteger = 1;
    else {
      leastFraction = 1;
      mostFraction = 1;
    }
  }
  if (exponent !== undefined && leastInteger === 0 && integer.includes(signs.optional)) leastInteger = 1;
  if (leastInteger === 0 && leastFraction === 0) leastFraction = 1;
  if (mostFraction > MOST_FRACTION_DIGITS) throw new JsonataError('D4012', { value: mostFraction });
  const integerGroups = groupPositions(integer, (at) => integer.slice(at), integer, signs);
  return {
    picture,
    prefix: picture.prefix,
    integerGroups,
    integerInterval: regularInterval(integerGroups),
    fractionGroups: groupPositions(fraction, (at) => fraction.slice(0, at), integer, signs),
    scale,
    leastInteger,
    leastFraction,
    mostFraction,
    leastExponent: exponent === undefined ? 0 : countDigits(exponent, signs),
  };
}

/** How many places lie between each separator and the point. The language looks for the further ones in the integer. */
function groupPositions(part: string, side: (at: number) => string, integer: string, signs: Signs): readonly number[] {
  const positions: number[] = [];
  for (let at = part.indexOf(signs.grouping); at !== -1; at = integer.indexOf(signs.grouping, at + 1)) {
    positions.push(countPlaces(side(at), signs));
  }
  return positions;
}

/** F&O 4.7.5. */
function write(value: number, layout: Layout, signs: Signs): string {
  const { picture } = layout;
  let adjusted = value;
  if (picture.text.includes(signs.percent)) adjusted = value * 100;
  else if (picture.text.includes(signs.perMille)) adjusted = value * 1000;
  const { mantissa, exponent } = splitExponent(adjusted, layout);
  const text = digitsOf(round(mantissa, layout.mostFraction), layout.mostFraction, signs);
  const [digits = '', places = ''] = text.split('.');
  let integer = trimZeros(digits, signs, 'start').padStart(layout.leastInteger, signs.zero);
  let fraction = trimZeros(places, signs, 'end').padEnd(layout.leastFraction, signs.zero);
  integer = groupInteger(integer, layout, signs);
  for (const position of layout.fractionGroups) {
    fraction = fraction.slice(0, position) + signs.grouping + fraction.slice(position);
  }
  const whole = integer + signs.decimal + fraction;
  let result = integer;
  // Without a point in the picture the last sign goes, whatever it is; the language has it so.
  if (fraction !== '') result = picture.text.includes(signs.decimal) ? whole : whole.slice(0, -1);
  if (exponent !== undefined) {
    const power = digitsOf(exponent, 0, signs).padStart(layout.leastExponent, signs.zero);
    result += signs.exponent + (exponent < 0 ? signs.minus : '') + power;
  }
  return layout.prefix + result + picture.suffix;
}

/** The mantissa has as many integer digits as the picture has mandatory ones. */
function splitExponent(value: number, layout: Layout): { mantissa: number; exponent: number | undefined } {
  if (layout.leastExponent === 0) return { mantissa: value, exponent: undefined };
  const most = 10 ** layout.scale;
  const least = 10 ** (layout.scale - 1);
  let mantissa = value;
  let exponent = 0;
  if (mantissa !== 0 && Number.isFinite(mantissa)) {
    while (Math.abs(mantissa) < least) {
      mantissa *= 10;
      exponent -= 1;
    }
    while (Math.abs(mantissa) > most) {
      mantissa /= 10;
      exponent += 1;
    }
  }
  return { mantissa, exponent };
}

function digitsOf(value: number, places: number, signs: Signs): string {
  const text = Math.abs(value).toFixed(places);
  if (signs.zero === '0') return text;
  return text.replace(/[0-9]/g, (digit) => signs.digits.charAt(Number(digit)));
}

function trimZeros(text: string, signs: Signs, side: 'start' | 'end'): string {
  let [start, end] = [0, text.length];
  if (side === 'start') while (start < end && text.charAt(start) === signs.zero) start += 1;
  else while (end > start && text.charAt(end - 1) === signs.zero) end -= 1;
  return text.slice(start, end);
}

function groupInteger(integer: string, layout: Layout, signs: Signs): string {
  let text = integer;
  const { length } = integer;
  if (layout.integerInterval > 0) {
    for (let group = 1; group <= Math.floor((length - 1) / layout.integerInterval); group++) {
      const at = length - group * layout.integerInterval;
      text = text.slice(0, at) + signs.grouping + text.slice(at);
    }
    return text;
  }
  for (const position of layout.integerGroups) {
    // Counted from the end, where the ones put in before do not yet stand: the groups come from left to right.
    const at = text.length - position;
    if (position < length) text = text.slice(0, at) + signs.grouping + text.slice(at);
  }
  return text;
}
