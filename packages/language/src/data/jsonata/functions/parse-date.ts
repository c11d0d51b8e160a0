import { RE2JS, RE2JSException } from 're2js';
import { JsonataError } from '../errors.ts';
import { component, DAY_MS, DAYS, MONTHS } from './calendar.ts';
import { readDatePicture } from './date-picture.ts';
import type { Marker, PicturePart } from './date-picture.ts';
import { integerReader } from './integer-picture.ts';

const ISO_8601 = /^\d{4}(-[01]\d)?(-[0-3]\d)?(T[0-2]\d:[0-5]\d:[0-5]\d)?(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?$/;

/** Milliseconds since the epoch of an ISO 8601 timestamp; without a time zone it is UTC. NaN for a day that is none. */
export function parseIso(timestamp: string): number {
  const parts = ISO_8601.exec(timestamp);
  if (parts === null) throw new JsonataError('D3110', { value: timestamp });
  const [, , , time, , zone] = parts;
  if (zone === undefined) return Date.parse(time === undefined ? timestamp : `${timestamp}Z`);
  // Date.parse knows an offset with a colon only.
  const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  return Date.parse(timestamp.slice(0, timestamp.length - zone.length) + offset);
}

interface PartReader {
  readonly pattern: string;
  readonly component: string;
  read: ((text: string) => number | undefined) | null;
}

/**
 * Milliseconds since the epoch of a timestamp written by a picture, or undefined where it is not. What the picture
 * leaves out at the front comes from `now`; what it leaves out at the end is the beginning of the period.
 */
export function parseDateTime(timestamp: string, picture: string, now: number): number | undefined {
  const readers = readDatePicture(picture).map(partReader);
  const pattern = readers.map((reader) => `(${reader.pattern})`).join('');
  const found = matchWhole(pattern, timestamp);
  if (found === undefined) return undefined;
  const components = new Map<string, number | undefined>();
  readers.forEach(({ component: letter, read }, index) => {
    if (read !== null) components.set(letter, read(found[index] ?? ''));
  });
  return components.size === 0 ? undefined : toMillis(components, now);
}

function matchWhole(pattern: string, timestamp: string): readonly string[] | undefined {
  try {
    const matcher = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE).matcher(timestamp);
    if (!matcher.matches()) return undefined;
    return Array.from({ length: matcher.groupCount() }, (_none, index) => matcher.group(index + 1) ?? '');
  } catch (error) {
    if (error instanceof RE2JSException) throw new JsonataError('D4011', { value: pattern, message: error.message });
    throw error;
  }
}

function partReader(part: PicturePart): PartReader {
  if (part.kind === 'literal') {
    return { pattern: part.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), component: '', read: null };
  }
  const { component: letter } = part;
  if (letter === 'Z' || letter === 'z') return timezoneReader(part);
  if (letter === 'f') {
    return { pattern: '[0-9]+', component: letter, read: (text) => Number(`0.${text.slice(0, 3)}`) * 1000 };
  }
  if (part.integer !== null) return { ...integerReader(part.integer), component: letter };
  const names = namesOf(part);
  return { pattern: '[a-zA-Z]+', component: letter, read: (text) => names.get(text) };
}

function namesOf({ component: letter, maxWidth }: Marker): ReadonlyMap<string, number> {
  if (letter === 'P') {
    return new Map([
      ['am', 0],
      ['AM', 0],
      ['pm', 1],
      ['PM', 1],
    ]);
  }
  if (letter !== 'M' && letter !== 'x' && letter !== 'F') throw new JsonataError('D3133', { value: letter });
  const names = letter === 'F' ? DAYS : MONTHS;
  return new Map(names.map((name, index) => [maxWidth === undefined ? name : name.slice(0, maxWidth), index + 1]));
}

/** Gives the offset in minutes. */
function timezoneReader({ component: letter, integer }: Marker): PartReader {
  const separator = integer !== null && integer.interval > 0 ? integer.separators[0]?.character : undefined;
  const prefix = letter === 'z' ? 'GMT' : '';
  const escaped = separator === undefined ? '' : `${separator.replace(/[^a-zA-Z0-9]/g, '\\$&')}[0-9]+`;
  return {
    pattern: `${prefix}[-+][0-9]+${escaped}`,
    component: letter,
    read(text) {
      const offset = text.slice(prefix.length);
      let cut = offset.length <= 3 ? offset.length : 3;
      if (separator !== undefined) cut = offset.indexOf(separator);
      const hours = Number.parseInt(offset.slice(0, cut), 10);
      const rest = offset.slice(separator === undefined ? cut : cut + 1);
      return hours * 60 + (rest === '' ? 0 : Number.parseInt(rest, 10));
    },
  };
}

/** Whether of all letters of `all` only ones of `allowed` are given, and at least one. */
function isOnly(components: ReadonlyMap<string, number | undefined>, all: string, allowed: string): boolean {
  const given = Array.from(all).filter((letter) => Boolean(components.get(letter)));
  return given.length > 0 && given.every((letter) => allowed.includes(letter));
}

function toMillis(components: Map<string, number | undefined>, now: number): number {
  const date = 'YXMxWwdD';
  const isMonthDate = isOnly(components, date, 'YMD');
  const isDayOfYear = !isMonthDate && isOnly(components, date, 'Yd');
  const isWeekOfMonth = isOnly(components, date, 'Xxw');
  const isWeekOfYear = !isWeekOfMonth && isOnly(components, date, 'XW');
  const isHalfDay = !isOnly(components, 'PHhmsf', 'Hmsf') && isOnly(components, 'PHhmsf', 'Phmsf');
  const dateLetters = isDayOfYear ? 'YD' : isWeekOfMonth ? 'XxwF' : isWeekOfYear ? 'XWF' : 'YMD';
  fillIn(components, dateLetters + (isHalfDay ? 'Phmsf' : 'Hmsf'), now);
  // Dates by weeks can be written, not read.
  if (isWeekOfMonth || isWeekOfYear) throw new JsonataError('D3136');
  const value = (letter: string): number => components.get(letter) ?? Number.NaN;
  let hours = value('H');
  if (isHalfDay) hours = (value('h') === 12 ? 0 : value('h')) + (value('P') === 1 ? 12 : 0);
  const time = [hours, value('m'), value('s'), value('f')] as const;
  const zone = components.get('Z') || components.get('z') || 0;
  if (isDayOfYear) {
    return Date.UTC(value('Y'), 0, 1, ...time) + (value('d') - 1) * DAY_MS - zone * 60_000;
  }
  const month = value('M') > 0 ? value('M') - 1 : 0;
  return Date.UTC(value('Y'), month, value('D'), ...time) - zone * 60_000;
}

/** From the most to the least significant part: what is missing before the first one given, and behind the last. */
function fillIn(components: Map<string, number | undefined>, letters: string, now: number): void {
  let isStarted = false;
  let isEnded = false;
  for (const letter of letters) {
    if (components.get(letter) !== undefined) {
      isStarted = true;
      if (isEnded) throw new JsonataError('D3136');
    } else if (isStarted) {
      components.set(letter, 'MDd'.includes(letter) ? 1 : 0);
      isEnded = true;
    } else {
      const current = component(now, letter);
      components.set(letter, typeof current === 'number' ? current : 0);
    }
  }
}
