import type { BuiltInDefinition } from '../callables.ts';
import { JsonataError } from '../errors.ts';
import { MAX_PICTURE_CHARACTERS, STEPS_OF_PICTURE, STEPS_OF_READING_BY_PICTURE } from '../limits.ts';
import type { Value } from '../value.ts';
import { numberAt, textAt } from './arguments.ts';
import { formatDateTime } from './format-date.ts';
import { formatNumber } from './format-number.ts';
import { formatWithPicture, integerReader, readIntegerPicture } from './integer-picture.ts';
import { parseDateTime, parseIso } from './parse-date.ts';

export function pictureAt(given: readonly Value[], index: number, functionName: string): string | undefined {
  const picture = textAt(given, index);
  if (picture !== undefined && picture.length > MAX_PICTURE_CHARACTERS) {
    throw new JsonataError('D4008', { functionName });
  }
  return picture;
}

/** Functions that write and read numbers and times by a picture. `now` is the run's, however often it is asked. */
export const PICTURE_FUNCTIONS: readonly BuiltInDefinition[] = [
  {
    name: 'now',
    signature: '<s?s?:s>',
    arity: 2,
    call(given, run) {
      run.step(STEPS_OF_PICTURE);
      return formatDateTime(run.now, pictureAt(given, 0, 'now'), pictureAt(given, 1, 'now'));
    },
  },
  { name: 'millis', signature: '<:n>', arity: 0, call: (_given, run) => run.now },
  {
    name: 'fromMillis',
    signature: '<n-s?s?:s>',
    arity: 3,
    call(given, run) {
      const millis = numberAt(given, 0);
      if (millis === undefined) return undefined;
      run.step(STEPS_OF_PICTURE);
      return formatDateTime(millis, pictureAt(given, 1, 'fromMillis'), pictureAt(given, 2, 'fromMillis'));
    },
  },
  {
    name: 'toMillis',
    signature: '<s-s?:n>',
    arity: 2,
    call(given, run) {
      const timestamp = pictureAt(given, 0, 'toMillis');
      if (timestamp === undefined) return undefined;
      const picture = pictureAt(given, 1, 'toMillis');
      run.step(picture === undefined ? 1 : STEPS_OF_READING_BY_PICTURE);
      return picture === undefined ? parseIso(timestamp) : parseDateTime(timestamp, picture, run.now);
    },
  },
  {
    name: 'formatInteger',
    signature: '<n-s:s>',
    arity: 2,
    call(given, run) {
      run.step(STEPS_OF_PICTURE);
      const value = numberAt(given, 0);
      if (value === undefined) return undefined;
      const picture = readIntegerPicture(pictureAt(given, 1, 'formatInteger') ?? '');
      return formatWithPicture(Math.floor(value), picture);
    },
  },
  {
    name: 'parseInteger',
    signature: '<s-s:n>',
    arity: 2,
    call(given, run) {
      run.step(STEPS_OF_PICTURE);
      const text = pictureAt(given, 0, 'parseInteger');
      if (text === undefined) return undefined;
      return integerReader(readIntegerPicture(pictureAt(given, 1, 'parseInteger') ?? '')).read(text);
    },
  },
  {
    name: 'formatNumber',
    signature: '<n-so?:s>',
    arity: 3,
    call(given, run) {
      run.step(STEPS_OF_PICTURE);
      const value = numberAt(given, 0);
      if (value === undefined) return undefined;
      return formatNumber(value, pictureAt(given, 1, 'formatNumber') ?? '', given[2]);
    },
  },
];
