import type { Expression } from '../data/expression.ts';
import type { Json } from '../json.ts';
import { isObject } from '../json.ts';
import type { QueryLanguage } from './state-machine.ts';

/** Something in a value that its query language does not accept. `path` leads to it from the value: `/a/b[0]`. */
export interface ValueFault {
  readonly path: string;
  readonly message: string;
  /** AWS's code, where it is not SCHEMA_VALIDATION_FAILED. */
  readonly code?: string;
  /** Doubtful, but no reason to refuse the definition. */
  readonly isWarning?: boolean;
}

/** What `$states` has only in some fields: `result` once there is one, `errorOutput` in a catcher. */
export type StatesField = 'result' | 'errorOutput';

/** Where a value stands, and who is told about it. */
export interface ValuePlace {
  /** The way to it from its state, as an EvaluationFailed event names it: `Output`, `Choices[0]/Condition`. */
  readonly field: string;
  readonly available: readonly StatesField[];
  report(fault: ValueFault): void;
  /** The value reads a variable. */
  reads(variable: string): void;
}

/** What a scalar field must evaluate to, in the words that AWS has for JSON's types. */
export type ResultType = 'array' | 'boolean' | 'number' | 'string';

/**
 * The one door between the walk over a definition and its query language. The walk knows fields and their shapes;
 * what stands inside a value is compiled here and nowhere else. What is wrong is reported, all of it, and answered
 * with null.
 */
export interface ExpressionCompiler {
  readonly queryLanguage: QueryLanguage;
  /** Whether a scalar field (`TimeoutSeconds`, `Cause`, …) holds an expression and not a literal. */
  isExpression(value: Json): boolean;
  /** A payload: `Parameters`, `ItemSelector`, `Arguments`, `Output`, `Assign`, … */
  compileValue(value: Json, place: ValuePlace): Expression | null;
  /** A scalar that is an expression; what it gives is checked whenever it is evaluated. Only JSONata has it. */
  compileScalar(value: Json, type: ResultType, place: ValuePlace): Expression | null;
  /** A field ending in `Path`. Throws ExpressionSyntaxError. Only JSONPath has such fields. */
  compilePath(text: string, field: string): Expression;
}

/** Visits what is nested in an array or an object, each with its step from there: `[0]`, `/key`. */
export function nestedValues(value: Json): readonly (readonly [step: string, nested: Json])[] {
  if (Array.isArray(value)) return value.map((element, index) => [`[${index}]`, element]);
  return isObject(value) ? Object.entries(value).map(([key, member]) => [`/${key}`, member]) : [];
}
