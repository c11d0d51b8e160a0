import { isNumber, isObject, toNumber } from '../../json.ts';
import type { Json } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { MAX_OUTPUT_CHARACTERS } from '../limits.ts';
import type { FunctionCall, FunctionName, Operand } from './syntax-tree.ts';
import { PathNotFoundError } from './walk.ts';
import type { Read, Walk } from './walk.ts';

type Apply = (value: Json, extra: readonly Json[]) => Json;

/**
 * Compiles the function at a path's end. It is given the path's value, or the list of all its matches where the path is
 * indefinite, and the values of its own arguments.
 */
export function compileFunction(
  call: FunctionCall,
  compileOperand: (operand: Operand) => Read,
): (value: Json, walk: Walk) => Json {
  const apply = FUNCTIONS[call.name];
  const reads = call.arguments.map(compileOperand);
  return (value, walk) => {
    const extra: Json[] = [];
    for (const read of reads) {
      const argument = read(walk.root, walk);
      if (argument !== undefined) extra.push(argument);
    }
    for (const item of [value, ...extra]) walk.visit(Array.isArray(item) ? item.length : 1);
    return apply(value, extra);
  };
}

function flat(value: Json, extra: readonly Json[]): Json[] {
  return [...(Array.isArray(value) ? value : []), ...extra.flatMap((item) => (Array.isArray(item) ? item : [item]))];
}

function aggregate(combine: (numbers: readonly number[]) => number): Apply {
  return (value, extra) => {
    const numbers = flat(value, extra).filter(isNumber).map(toNumber);
    if (numbers.length === 0) {
      throw new PathNotFoundError('Aggregation function attempted to calculate value using empty array');
    }
    const result = combine(numbers);
    if (!Number.isFinite(result)) throw new PathNotFoundError('Aggregation function gave no finite number');
    return result;
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function deviation(numbers: readonly number[]): number {
  const mean = sum(numbers) / numbers.length;
  return Math.sqrt(sum(numbers.map((number) => (number - mean) ** 2)) / numbers.length);
}

function itemAt(value: Json, index: number): Json {
  const items = Array.isArray(value) ? value : [];
  const item = items[index < 0 ? items.length + index : index];
  if (item === undefined) throw new PathNotFoundError(`No item at index ${index} of ${items.length}`);
  return item;
}

function concat(value: Json, extra: readonly Json[]): Json {
  const parts = flat(value, extra).filter((item) => typeof item === 'string');
  const length = parts.reduce((total, part) => total + part.length, 0);
  if (length > MAX_OUTPUT_CHARACTERS) {
    throw new StatesError('States.DataLimitExceeded', 'A text that an expression builds is too long.');
  }
  return parts.join('');
}

function length(value: Json, extra: readonly Json[]): Json {
  const [subject = value] = extra;
  if (Array.isArray(subject)) return subject.length;
  return isObject(subject) ? Object.keys(subject).length : null;
}

const FUNCTIONS: Readonly<Record<FunctionName, Apply>> = {
  min: aggregate((numbers) => numbers.reduce((least, number) => Math.min(least, number))),
  max: aggregate((numbers) => numbers.reduce((most, number) => Math.max(most, number))),
  avg: aggregate((numbers) => sum(numbers) / numbers.length),
  stddev: aggregate(deviation),
  sum: aggregate(sum),
  length,
  size: length,
  keys: (value) => (isObject(value) ? Object.keys(value) : null),
  concat,
  append: (value, extra) => (Array.isArray(value) ? [...value, ...extra] : value),
  first: (value) => itemAt(value, 0),
  last: (value) => itemAt(value, -1),
  index: (value, extra) => {
    const [index] = extra;
    return itemAt(value, isNumber(index) ? Math.trunc(toNumber(index)) : 0);
  },
};
