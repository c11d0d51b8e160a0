import { StatesError } from '../../errors.ts';
import { isNumber, toNumber } from '../../json.ts';
import type { Json } from '../../json.ts';
import type { RandomSource } from '../expression.ts';
import { jsonLengthWithin } from '../java-text.ts';
import { MAX_CODED_CHARACTERS, MAX_OUTPUT_CHARACTERS } from '../limits.ts';

/**
 * One intrinsic function.
 * See https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
 */
export interface IntrinsicFunction {
  /** As written in a definition: `States.Format`. */
  readonly name: string;
  /** The least and the most arguments it takes. */
  readonly arity: readonly [least: number, most: number];
  /** A quoted first argument is a template: it comes as written, with its backslashes. */
  readonly takesTemplate?: true;
  /** Throws {@link IntrinsicError}, or StatesError where the outcome is too big. */
  readonly call: IntrinsicCall;
  /** The call with a first argument that stands in the definition, for the arguments behind it; it never throws. */
  prepare?(first: string): IntrinsicCall;
}

/** Chance is only made where it is asked for. */
export type IntrinsicCall = (parameters: readonly Json[], chance: { readonly random: RandomSource }) => Json;

/** An intrinsic function cannot do what it is asked. `message` is AWS's text, without the expression it stands in. */
export class IntrinsicError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'IntrinsicError';
  }
}

/** AWS's text for whatever is wrong with the arguments. */
export function invalidArguments(name: string, detail?: string): IntrinsicError {
  return new IntrinsicError(`Invalid arguments in ${name}${detail === undefined ? '' : `: ${detail}`}`);
}

export function arrayParameter(name: string, value: Json | undefined): Json[] {
  if (!Array.isArray(value)) throw invalidArguments(name);
  return value;
}

export function textParameter(name: string, value: Json | undefined): string {
  if (typeof value !== 'string') throw invalidArguments(name);
  return value;
}

/** A number with its fraction cut off, as AWS does everywhere but in States.MathAdd. */
export function integerParameter(name: string, value: Json | undefined): number {
  if (!isNumber(value)) throw invalidArguments(name);
  // Adding zero turns a minus zero into a plain one.
  const integer = Math.trunc(toNumber(value)) + 0;
  if (!Number.isSafeInteger(integer)) throw invalidArguments(name);
  return integer;
}

/** A text within AWS's quota for coding and hashing. */
export function codedParameter(name: string, text: string): string {
  if (text.length > MAX_CODED_CHARACTERS) throw invalidArguments(name);
  return text;
}

/** Guards functions whose cost or outcome grows with a value's whole text. */
export function checkSize(value: Json): void {
  if (jsonLengthWithin(value, MAX_OUTPUT_CHARACTERS) === undefined) {
    throw new StatesError('States.DataLimitExceeded', 'A value that an expression works on is too big.');
  }
}
