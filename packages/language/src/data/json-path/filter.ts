import { isNumber, isObject, isRawNumber, toNumber } from '../../json.ts';
import type { Json } from '../../json.ts';
import { compareNumbers, equals } from '../equality.ts';
import type { Comparison, Condition, Operand } from './syntax-tree.ts';
import type { Read, Test, Walk } from './walk.ts';

/** Compiles a filter's condition. A comparison with something missing or of the wrong type is false, never an error. */
export function compileCondition(condition: Condition, compileOperand: (operand: Operand) => Read): Test {
  switch (condition.kind) {
    case 'and': {
      const tests = condition.operands.map((operand) => compileCondition(operand, compileOperand));
      return (item, walk) => tests.every((test) => test(item, walk));
    }
    case 'or': {
      const tests = condition.operands.map((operand) => compileCondition(operand, compileOperand));
      return (item, walk) => tests.some((test) => test(item, walk));
    }
    case 'not': {
      const test = compileCondition(condition.operand, compileOperand);
      return (item, walk) => !test(item, walk);
    }
    case 'exists':
      return compileExistence(condition.operand, compileOperand(condition.operand));
    case 'comparison': {
      if (condition.operator === '=~') return compileMatch(condition.left, condition.right, compileOperand);
      const left = compileOperand(condition.left);
      const right = compileOperand(condition.right);
      const compare = RELATIONS[condition.operator];
      return (item, walk) => compare(left(item, walk), right(item, walk), walk);
    }
  }
}

/** null exists; a list of matches exists if it has any. */
function compileExistence(operand: Operand, read: Read): Test {
  const indefinite = operand.kind === 'path' && !operand.path.definite;
  return (item, walk) => {
    const value = read(item, walk);
    if (indefinite && Array.isArray(value)) return value.length > 0;
    return value !== undefined;
  };
}

function compileMatch(left: Operand, right: Operand, compileOperand: (operand: Operand) => Read): Test {
  const pattern = right.kind === 'pattern' ? right.pattern : left.kind === 'pattern' ? left.pattern : null;
  const subject = compileOperand(right.kind === 'pattern' ? left : right);
  if (pattern === null) return () => false;
  return (item, walk) => {
    const text = subjectText(subject(item, walk));
    if (text === undefined) return false;
    walk.visit(1 + text.length);
    return pattern.matches(text);
  };
}

function subjectText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (isNumber(value)) return numberText(value);
  return typeof value === 'boolean' ? String(value) : undefined;
}

type Relation = (left: Json | undefined, right: Json | undefined, walk: Walk) => boolean;

function isSame(left: Json | undefined, right: Json | undefined, walk: Walk): boolean {
  if (left === undefined || right === undefined) return false;
  // Jayway compares a number and a text in the way of the left one.
  if (isNumber(left) && typeof right === 'string') {
    const number = right.trim() === '' ? Number.NaN : Number(right);
    return toNumber(left) === number;
  }
  if (typeof left === 'string' && isNumber(right)) return left === numberText(right);
  return equals(left, right, (nodes) => walk.visit(nodes));
}

function numberText(value: Parameters<typeof toNumber>[0]): string {
  return isRawNumber(value) ? value.rawJSON : String(value);
}

/** Orders two numbers or two texts; undefined for anything else. */
function order(left: Json | undefined, right: Json | undefined): number | undefined {
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right);
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  return undefined;
}

function ordered(holds: (order: number) => boolean): Relation {
  return (left, right) => {
    const found = order(left, right);
    return found !== undefined && holds(found);
  };
}

function has(list: readonly Json[], value: Json, walk: Walk): boolean {
  walk.visit(list.length);
  return list.some((item) => isSame(value, item, walk));
}

/** A relation between two lists; false where either side is none. */
function ofLists(holds: (left: readonly Json[], right: readonly Json[], walk: Walk) => boolean): Relation {
  return (left, right, walk) => Array.isArray(left) && Array.isArray(right) && holds(left, right, walk);
}

function lengthOf(value: Json | undefined, walk: Walk): number | undefined {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  if (!isObject(value)) return undefined;
  const { length } = Object.keys(value);
  walk.visit(length);
  return length;
}

const RELATIONS: Readonly<Record<Exclude<Comparison, '=~'>, Relation>> = {
  '==': isSame,
  '!=': (left, right, walk) => !isSame(left, right, walk),
  '<': ordered((found) => found < 0),
  '<=': ordered((found) => found <= 0),
  '>': ordered((found) => found > 0),
  '>=': ordered((found) => found >= 0),
  in: (left, right, walk) => left !== undefined && Array.isArray(right) && has(right, left, walk),
  nin: (left, right, walk) => left === undefined || !Array.isArray(right) || !has(right, left, walk),
  subsetof: ofLists((left, right, walk) => left.every((item) => has(right, item, walk))),
  anyof: ofLists((left, right, walk) => left.some((item) => has(right, item, walk))),
  noneof: ofLists((left, right, walk) => !left.some((item) => has(right, item, walk))),
  all: ofLists((left, right, walk) => right.every((item) => has(left, item, walk))),
  contains: (left, right, walk) => {
    if (typeof left === 'string') {
      walk.visit(1 + Math.floor(left.length / 64));
      return typeof right === 'string' && left.includes(right);
    }
    return Array.isArray(left) && right !== undefined && has(left, right, walk);
  },
  size: (left, right, walk) => {
    const length = lengthOf(left, walk);
    return length !== undefined && isNumber(right) && length === toNumber(right);
  },
  empty: (left, right, walk) => {
    const length = lengthOf(left, walk);
    return length !== undefined && typeof right === 'boolean' && (length === 0) === right;
  },
};
