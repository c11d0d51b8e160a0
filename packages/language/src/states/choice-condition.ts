import type { Expression, Scope } from '../data/expression.ts';
import { StatesError } from '../errors.ts';
import type { Json } from '../json.ts';
import { isNumber, toNumber } from '../json.ts';
import type { Condition } from '../syntax/state-machine.ts';
import { compareTimestamps, parseTimestamp } from '../syntax/timestamp.ts';
import { compileWildcard } from './wildcard.ts';

/** What a comparison's operand must be, in the definition and, for a `…Path` operator, at run time. */
export type OperandType = 'string' | 'number' | 'boolean' | 'timestamp';

/** One of the 39 operators of a Choice rule. */
export interface ChoiceOperator {
  readonly name: string;
  readonly operandType: OperandType;
  /** The operand is a path to the value to compare with. */
  readonly isPath: boolean;
  /** Both values are there; a value of another type than the operator's makes the test false. */
  test(variable: Json, operand: Json): boolean;
}

type Order = (left: Json, right: Json) => number | null;

/** Code unit by code unit, as Java's String.compareTo, whatever the locale. */
const orderStrings: Order = (left, right) => {
  if (typeof left !== 'string' || typeof right !== 'string') return null;
  if (left === right) return 0;
  return left < right ? -1 : 1;
};

const orderNumbers: Order = (left, right) =>
  isNumber(left) && isNumber(right) ? toNumber(left) - toNumber(right) : null;

const orderTimestamps: Order = (left, right) => {
  if (typeof left !== 'string' || typeof right !== 'string') return null;
  const [leftTime, rightTime] = [parseTimestamp(left), parseTimestamp(right)];
  return leftTime === null || rightTime === null ? null : compareTimestamps(leftTime, rightTime);
};

const COMPARISONS: readonly (readonly [string, (order: number) => boolean])[] = [
  ['Equals', (order) => order === 0],
  ['LessThan', (order) => order < 0],
  ['GreaterThan', (order) => order > 0],
  ['LessThanEquals', (order) => order <= 0],
  ['GreaterThanEquals', (order) => order >= 0],
];

function withPath(name: string, operandType: OperandType, test: ChoiceOperator['test']): readonly ChoiceOperator[] {
  return [
    { name, operandType, isPath: false, test },
    { name: `${name}Path`, operandType, isPath: true, test },
  ];
}

function comparisons(prefix: string, operandType: OperandType, order: Order): readonly ChoiceOperator[] {
  return COMPARISONS.flatMap(([suffix, accept]) =>
    withPath(`${prefix}${suffix}`, operandType, (variable, operand) => {
      const found = order(variable, operand);
      return found !== null && accept(found);
    }),
  );
}

function typeTest(name: string, is: (variable: Json) => boolean): ChoiceOperator {
  return { name, operandType: 'boolean', isPath: false, test: (variable, operand) => is(variable) === operand };
}

export const IS_PRESENT = 'IsPresent';
export const STRING_MATCHES = 'StringMatches';

/** All operators by name. `IsPresent` and `StringMatches` are compiled by {@link compileComparison} itself. */
export const CHOICE_OPERATORS: ReadonlyMap<string, ChoiceOperator> = new Map(
  [
    ...comparisons('String', 'string', orderStrings),
    {
      name: STRING_MATCHES,
      operandType: 'string',
      isPath: false,
      test: (variable, operand) =>
        typeof variable === 'string' && typeof operand === 'string' && compileWildcard(operand)(variable),
    } satisfies ChoiceOperator,
    ...comparisons('Numeric', 'number', orderNumbers),
    ...withPath(
      'BooleanEquals',
      'boolean',
      (variable, operand) => typeof variable === 'boolean' && variable === operand,
    ),
    ...comparisons('Timestamp', 'timestamp', orderTimestamps),
    typeTest('IsNull', (variable) => variable === null),
    typeTest(IS_PRESENT, () => true),
    typeTest('IsNumeric', (variable) => isNumber(variable)),
    typeTest('IsString', (variable) => typeof variable === 'string'),
    typeTest('IsBoolean', (variable) => typeof variable === 'boolean'),
    typeTest('IsTimestamp', (variable) => typeof variable === 'string' && parseTimestamp(variable) !== null),
  ].map((operator) => [operator.name, operator]),
);

function isPresent(path: Expression, scope: Scope): boolean {
  try {
    path.evaluate(scope);
    return true;
  } catch (error) {
    if (error instanceof StatesError) return false;
    throw error;
  }
}

/** A path of a Choice rule must lead somewhere, in AWS's words where it does not. */
function valueAt(path: Expression, scope: Scope): Json {
  try {
    return path.evaluate(scope);
  } catch (error) {
    if (!(error instanceof StatesError)) throw error;
    const detail = `Invalid path '${path.text}': The choice state's condition path references an invalid value.`;
    throw new StatesError('States.Runtime', detail);
  }
}

/**
 * One comparison: `operand` is the literal as written, or for a `…Path` operator the compiled path.
 * The condition throws States.Runtime where a path leads nowhere, except under IsPresent.
 */
export function compileComparison(
  operator: ChoiceOperator,
  variable: Expression,
  operand: { readonly literal: Json } | { readonly path: Expression },
): Condition {
  if ('path' in operand) {
    const { path } = operand;
    return { test: (scope) => operator.test(valueAt(variable, scope), valueAt(path, scope)) };
  }
  const { literal } = operand;
  if (operator.name === IS_PRESENT) return { test: (scope) => isPresent(variable, scope) === literal };
  if (operator.name === STRING_MATCHES && typeof literal === 'string') {
    const matches = compileWildcard(literal);
    return {
      test: (scope) => {
        const value = valueAt(variable, scope);
        return typeof value === 'string' && matches(value);
      },
    };
  }
  return { test: (scope) => operator.test(valueAt(variable, scope), literal) };
}

/** `And`: left to right, ending at the first that is false, so that IsPresent can guard what follows it. */
export function allOf(conditions: readonly Condition[]): Condition {
  return {
    test(scope) {
      for (const condition of conditions) if (!condition.test(scope)) return false;
      return true;
    },
  };
}

/** `Or`: left to right, ending at the first that is true. */
export function anyOf(conditions: readonly Condition[]): Condition {
  return { test: (scope) => conditions.some((condition) => condition.test(scope)) };
}

/** `Not`. */
export function not(condition: Condition): Condition {
  return { test: (scope) => !condition.test(scope) };
}
