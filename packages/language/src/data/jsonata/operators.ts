import type { Compiler } from './compiler.ts';
import { InvariantError } from '../../errors.ts';
import { JsonataError } from './errors.ts';
import { deepEquals } from './equality.ts';
import { MAX_ARRAY_ITEMS } from './limits.ts';
import type { Run } from './run.ts';
import { stringOf } from './strings.ts';
import type { BinaryNode, Node } from './syntax-tree.ts';
import { newSequence, plain } from './value.ts';
import type { Evaluator, List, Value } from './value.ts';
import { isNumeric, truth } from './truth.ts';

type Operator = (left: Value, right: Value, run: Run) => Value;

/** Arithmetic, comparison, `&`, `in`, `..`, `and`, `or`. */
export function compileBinary(node: BinaryNode, compiler: Compiler): Evaluator {
  const left = compiler.compile(node.left);
  const right = compiler.compile(node.right);
  if (node.operator === 'and') {
    return (input, frame) => truth(left(input, frame), frame.run) && truth(right(input, frame), frame.run);
  }
  if (node.operator === 'or') {
    return (input, frame) => truth(left(input, frame), frame.run) || truth(right(input, frame), frame.run);
  }
  const direct = compileNumeric(node.operator, left, right);
  if (direct !== null) return direct;
  const operator = OPERATORS.get(node.operator);
  if (operator === undefined) throw new InvariantError(`JSONata has an unknown operator ${node.operator}`);
  return (input, frame) => operator(left(input, frame), right(input, frame), frame.run);
}

/**
 * The operators that mostly stand between two plain numbers, each written out for them; all else goes the general way,
 * as do results and operands beyond the range of numbers.
 */
function compileNumeric(name: string, left: Evaluator, right: Evaluator): Evaluator | null {
  const general = OPERATORS.get(name);
  if (general === undefined) return null;
  switch (name) {
    case '+':
      return (input, frame) => {
        const [one, other] = [left(input, frame), right(input, frame)];
        if (typeof one === 'number' && typeof other === 'number') {
          const sum = one + other;
          if (Number.isFinite(sum)) return sum;
        }
        return general(one, other, frame.run);
      };
    case '-':
      return (input, frame) => {
        const [one, other] = [left(input, frame), right(input, frame)];
        if (typeof one === 'number' && typeof other === 'number') {
          const difference = one - other;
          if (Number.isFinite(difference)) return difference;
        }
        return general(one, other, frame.run);
      };
    case '*':
      return (input, frame) => {
        const [one, other] = [left(input, frame), right(input, frame)];
        if (typeof one === 'number' && typeof other === 'number') {
          const product = one * other;
          if (Number.isFinite(product)) return product;
        }
        return general(one, other, frame.run);
      };
    default:
      return null;
  }
}

export function compileNegation(operand: Node, compiler: Compiler): Evaluator {
  const evaluate = compiler.compile(operand);
  return (input, frame) => {
    const value = plain(evaluate(input, frame));
    if (value === undefined) return undefined;
    if (!isNumeric(value)) throw new JsonataError('D1002', { value, token: '-' });
    return -value;
  };
}

function arithmetic(token: string, compute: (left: number, right: number) => number): [string, Operator] {
  return [
    token,
    (left, right) => {
      const one = plain(left);
      const other = plain(right);
      if (one !== undefined && !isNumeric(one)) throw new JsonataError('T2001', { value: one, token });
      if (other !== undefined && !isNumeric(other)) throw new JsonataError('T2002', { value: other, token });
      if (one === undefined || other === undefined) return undefined;
      return compute(one, other);
    },
  ];
}

function comparison(
  token: string,
  compareNumbers: (left: number, right: number) => boolean,
  compareTexts: (left: string, right: string) => boolean,
): [string, Operator] {
  return [
    token,
    (left, right) => {
      const one = plain(left);
      const other = plain(right);
      if (typeof one === 'number' && typeof other === 'number') return compareNumbers(one, other);
      if (typeof one === 'string' && typeof other === 'string') return compareTexts(one, other);
      if (!isComparable(one)) throw new JsonataError('T2010', { value: one, token });
      if (!isComparable(other)) throw new JsonataError('T2010', { value: other, token });
      if (one === undefined || other === undefined) return undefined;
      throw new JsonataError('T2009', { value: one, value2: other, token });
    },
  ];
}

function isComparable(value: Value): boolean {
  return value === undefined || typeof value === 'string' || typeof value === 'number';
}

const OPERATORS = new Map<string, Operator>([
  arithmetic('+', (left, right) => left + right),
  arithmetic('-', (left, right) => left - right),
  arithmetic('*', (left, right) => left * right),
  arithmetic('/', (left, right) => left / right),
  arithmetic('%', (left, right) => left % right),
  comparison(
    '<',
    (left, right) => left < right,
    (left, right) => left < right,
  ),
  comparison(
    '<=',
    (left, right) => left <= right,
    (left, right) => left <= right,
  ),
  comparison(
    '>',
    (left, right) => left > right,
    (left, right) => left > right,
  ),
  comparison(
    '>=',
    (left, right) => left >= right,
    (left, right) => left >= right,
  ),
  ['=', (left, right, run) => left !== undefined && right !== undefined && deepEquals(left, right, run)],
  ['!=', (left, right, run) => left !== undefined && right !== undefined && !deepEquals(left, right, run)],
  ['&', concatenate],
  ['in', includes],
  ['..', range],
]);

function concatenate(left: Value, right: Value, run: Run): string {
  const one = left === undefined ? '' : stringOf(left, run);
  const other = right === undefined ? '' : stringOf(right, run);
  // The engine joins two texts without copying them, so only the shorter one is counted as work.
  run.characters(Math.min(one.length, other.length));
  run.checkText(one.length + other.length);
  return one + other;
}

function includes(left: Value, right: Value, run: Run): boolean {
  if (left === undefined || right === undefined) return false;
  const wanted = plain(left);
  if (!Array.isArray(right)) return plain(right) === wanted;
  run.step(right.length);
  return right.some((item) => plain(item) === wanted);
}

function range(left: Value, right: Value, run: Run): List | undefined {
  const first = plain(left);
  const last = plain(right);
  if (first !== undefined && !isInteger(first)) throw new JsonataError('T2003', { value: first, token: '..' });
  if (last !== undefined && !isInteger(last)) throw new JsonataError('T2004', { value: last, token: '..' });
  if (first === undefined || last === undefined || first > last) return undefined;
  const size = last - first + 1;
  if (size > MAX_ARRAY_ITEMS) throw new JsonataError('D2014', { value: size, token: '..' });
  run.items(size);
  const result = newSequence();
  for (let item = first; item <= last; item++) result.push(item);
  return result;
}

function isInteger(value: Value): value is number {
  return Number.isInteger(value);
}
