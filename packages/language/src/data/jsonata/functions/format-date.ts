import { JsonataError } from '../errors.ts';
import { component, DAYS, MONTHS } from './calendar.ts';
import { readDatePicture } from './date-picture.ts';
import type { Marker } from './date-picture.ts';
import { formatWithPicture, readIntegerPicture } from './integer-picture.ts';
import type { IntegerPicture, LetterCase } from './integer-picture.ts';

const ISO_8601 = readDatePicture('[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]');
const MINUTES = readIntegerPicture('00');
/** What a JavaScript date can hold, in milliseconds around the epoch. */
export const MAX_TIME_MS = 8.64e15;

/** The time in `timezone` (`±hhmm`), by default as ISO 8601 in UTC. */
export function formatDateTime(millis: number, picture: string | undefined, timezone: string | undefined): string {
  const offset = timezone === undefined ? 0 : Number.parseInt(timezone, 10);
  const hours = Math.floor(offset / 100);
  const minutes = offset % 100;
  const local = millis + (60 * hours + minutes) * 60_000;
  if (!(Math.abs(local) <= MAX_TIME_MS)) throw new JsonataError('D1001', { value: millis });
  const parts = picture === undefined ? ISO_8601 : readDatePicture(picture);
  return parts
    .map((part) => (part.kind === 'literal' ? part.text : formatMarker(part, local, hours, minutes)))
    .join('');
}

function formatMarker(marker: Marker, local: number, hours: number, minutes: number): string {
  const { component: letter } = marker;
  if (letter === 'Z' || letter === 'z') return formatTimezone(marker, hours, minutes);
  const value = component(local, letter);
  if (typeof value !== 'number') {
    const text = value ?? 'undefined';
    return letter === 'P' && marker.names === 'upper' ? text.toUpperCase() : text;
  }
  if (marker.names !== null) return formatName(marker, marker.names, value);
  if (marker.integer === null) return String(value);
  const shown = letter === 'Y' && marker.yearDigits !== -1 ? value % 10 ** marker.yearDigits : value;
  return formatWithPicture(shown, marker.integer);
}

function formatName(marker: Marker, names: LetterCase, value: number): string {
  const { component: letter, maxWidth } = marker;
  if (letter !== 'M' && letter !== 'x' && letter !== 'F') throw new JsonataError('D3133', { value: letter });
  const name = (letter === 'F' ? DAYS[value - 1] : MONTHS[value - 1]) ?? '';
  const cased = names === 'upper' ? name.toUpperCase() : names === 'lower' ? name.toLowerCase() : name;
  return maxWidth === undefined ? cased : cased.slice(0, maxWidth);
}

function formatTimezone(marker: Marker, hours: number, minutes: number): string {
  const offset = hours * 100 + minutes;
  if (offset === 0 && marker.modifier === 't') return 'Z';
  const digits = marker.integer === null ? '' : formatOffset(marker.integer, hours, minutes);
  return `${marker.component === 'z' ? 'GMT' : ''}${offset >= 0 ? '+' : ''}${digits}`;
}

function formatOffset(picture: IntegerPicture, hours: number, minutes: number): string {
  const { mandatoryDigits } = picture;
  if (picture.interval > 0 || mandatoryDigits === 3 || mandatoryDigits === 4) {
    return formatWithPicture(hours * 100 + minutes, picture);
  }
  if (mandatoryDigits !== 1 && mandatoryDigits !== 2) throw new JsonataError('D3134', { value: mandatoryDigits });
  const text = formatWithPicture(hours, picture);
  return minutes === 0 ? text : `${text}:${formatWithPicture(minutes, MINUTES)}`;
}
