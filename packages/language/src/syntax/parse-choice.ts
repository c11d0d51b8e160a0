import { constantExpression } from '../data/payload-template.ts';
import type { Json } from '../json.ts';
import { isNumber } from '../json.ts';
import { CHOICE_OPERATORS, allOf, anyOf, compileComparison, not } from '../states/choice-condition.ts';
import type { ChoiceOperator } from '../states/choice-condition.ts';
import type { FieldTable, Fields } from './fields.ts';
import {
  COMMON_FIELDS,
  INPUT_OUTPUT_FIELDS,
  notePath,
  readAssign,
  readCommon,
  readExpression,
  readInputOutput,
  readPayload,
} from './state-fields.ts';
import type { StateContext } from './state-fields.ts';
import type { ChoiceRule, ChoiceState, Condition } from './state-machine.ts';
import { parseTimestamp } from './timestamp.ts';

const FIELDS: FieldTable = {
  ...COMMON_FIELDS,
  ...INPUT_OUTPUT_FIELDS,
  Assign: 'both',
  Choices: 'both',
  Default: 'both',
};

const OPERATOR_NAMES = [...CHOICE_OPERATORS.keys()];

const NESTED_RULE_FIELDS: FieldTable = {
  Comment: 'both',
  And: 'JSONPath',
  Or: 'JSONPath',
  Not: 'JSONPath',
  Variable: 'JSONPath',
  ...Object.fromEntries(OPERATOR_NAMES.map((name) => [name, 'JSONPath'])),
};

const RULE_FIELDS: FieldTable = {
  ...NESTED_RULE_FIELDS,
  Next: 'both',
  Assign: 'both',
  Condition: 'JSONata',
  Output: 'JSONata',
};

const RULE_KINDS = ['And', 'Or', 'Not', 'Variable', 'Condition'];

/** Stands where a rule was refused; the machine is refused with it. */
const NEVER: Condition = { test: () => false };

export function parseChoice(fields: Fields, context: StateContext): ChoiceState {
  fields.expectOnly(FIELDS, context.compiler.queryLanguage);
  fields.require('Choices');
  return {
    ...readCommon(fields, context),
    ...readInputOutput(fields, context),
    type: 'Choice',
    assign: readAssign(fields, context),
    choices: fields.objects('Choices', false).map((rule) => readRule(rule, context)),
    default: fields.string('Default'),
  };
}

function readRule(fields: Fields, context: StateContext): ChoiceRule {
  fields.expectOnly(RULE_FIELDS, context.compiler.queryLanguage);
  fields.require('Next');
  fields.string('Comment');
  const isJsonata = context.compiler.queryLanguage === 'JSONata';
  return {
    condition: isJsonata ? readJsonataCondition(fields, context) : readCondition(fields, context),
    next: fields.string('Next') ?? '',
    assign: readAssign(fields, context),
    output: isJsonata ? readPayload(fields, context, 'Output') : null,
  };
}

function readJsonataCondition(fields: Fields, context: StateContext): Condition {
  fields.require('Condition');
  const value = fields.get('Condition');
  if (value === undefined) return NEVER;
  if (typeof value !== 'boolean' && !context.compiler.isExpression(value)) {
    fields.report('Expected value of type Boolean', fields.at('Condition'));
    return NEVER;
  }
  if (typeof value === 'boolean') return { test: () => value };
  const expression = readExpression(fields, context, 'Condition', value, 'boolean');
  return expression === null ? NEVER : { test: (scope) => expression.evaluate(scope) === true };
}

function readNested(fields: Fields, context: StateContext): Condition {
  fields.expectOnly(NESTED_RULE_FIELDS, context.compiler.queryLanguage);
  fields.string('Comment');
  return readCondition(fields, context);
}

function readCondition(fields: Fields, context: StateContext): Condition {
  const kinds = RULE_KINDS.filter((kind) => fields.has(kind));
  if (kinds.length !== 1) {
    fields.report(`The object must have only one of the following fields, [${RULE_KINDS.join(', ')}]`);
  }
  switch (kinds[0]) {
    case 'And':
      return allOf(fields.objects('And', false).map((rule) => readNested(rule, context)));
    case 'Or':
      return anyOf(fields.objects('Or', false).map((rule) => readNested(rule, context)));
    case 'Not': {
      const rule = fields.child('Not');
      return rule === null ? NEVER : not(readNested(rule, context));
    }
    case 'Variable':
      return readComparison(fields, context);
    default:
      return NEVER;
  }
}

function readComparison(fields: Fields, context: StateContext): Condition {
  const names = OPERATOR_NAMES.filter((name) => fields.has(name));
  if (names.length > 1) {
    fields.report(`There should only be one of the following fields: [${names.join(', ')}]`);
  } else if (names.length === 0) {
    fields.report(`This object should have only one of the following fields: [${OPERATOR_NAMES.join(', ')}]`);
  }
  const variable = readRulePath(fields, context, 'Variable');
  let condition: Condition = NEVER;
  for (const name of names) {
    const operator = CHOICE_OPERATORS.get(name);
    const operand = operator === undefined ? null : readOperand(fields, context, operator);
    if (operator !== undefined && operand !== null) {
      condition = compileComparison(operator, variable ?? constantExpression(null), operand);
    }
  }
  return condition;
}

function readRulePath(
  fields: Fields,
  context: StateContext,
  name: string,
): ReturnType<typeof constantExpression> | null {
  const text = fields.string(name);
  if (text === null) return null;
  const path = fields.compile(
    () => context.compiler.compilePath(text, name),
    (error) =>
      text.startsWith('$')
        ? `Value is not a Reference Path: ${error.message}`
        : "Value is not a Reference Path: Reference path didn't start with '$'",
    fields.at(name),
  );
  if (path !== null) notePath(context, text);
  return path;
}

function readOperand(
  fields: Fields,
  context: StateContext,
  operator: ChoiceOperator,
): Parameters<typeof compileComparison>[2] | null {
  if (operator.isPath) {
    const path = readRulePath(fields, context, operator.name);
    return path === null ? null : { path };
  }
  const literal = readLiteral(fields, operator);
  return literal === undefined ? null : { literal };
}

/** The literal, or undefined after a report. */
function readLiteral(fields: Fields, operator: ChoiceOperator): Json | undefined {
  const { name, operandType } = operator;
  if (operandType === 'boolean') return fields.boolean(name) ?? undefined;
  if (operandType === 'number') {
    const value = fields.get(name);
    if (isNumber(value)) return value;
    fields.report('Expected value of type Number', fields.at(name));
    return undefined;
  }
  const text = fields.string(name) ?? undefined;
  if (operandType === 'timestamp' && text !== undefined && parseTimestamp(text) === null) {
    fields.report('String does not match RFC3339 timestamp', fields.at(name));
    return undefined;
  }
  return text;
}
