import { createContext, runInContext } from 'node:vm';
import { type Schema, Validator } from '@cfworker/json-schema';
import { ApiError } from '@everstep/protocol';

const MAX_PROBLEMS = 5;
/** A pattern of a schema may go through a text for ever: the loop has others to serve. In milliseconds. */
const CHECK_MS = 100;

/** Errors: ValidationException, with where what is wrong. `schema`, `data`: JSON texts. */
export function checkForm(schema: string, data: string): void {
  const parsed: Schema = JSON.parse(schema);
  const instance: unknown = JSON.parse(data);
  const { valid, errors } = validated(parsed, instance);
  if (valid) return;
  // What lies deepest says what is wrong; the others only that something within them is.
  const deepest = errors.filter(({ instanceLocation: place, keyword }) => {
    return !['properties', 'items', 'additionalProperties', '$ref', 'allOf'].includes(keyword) || place === '#';
  });
  const shown = (deepest.length === 0 ? errors : deepest).filter(({ keyword }) => keyword !== 'properties');
  const told = (shown.length === 0 ? errors : shown).slice(0, MAX_PROBLEMS).map(({ instanceLocation, error }) => {
    const path = instanceLocation.replace(/^#\/?/, '').replaceAll('/', '.');
    return `${path === '' ? 'the form' : `'${path}'`}: ${error}`;
  });
  throw new ApiError('ValidationException', `The form is not filled in as it should be: ${told.join(' ')}`);
}

/** A schema that was taken can still lead nowhere, deeper within. */
function validated(schema: Schema, instance: unknown): ReturnType<Validator['validate']> {
  try {
    return bounded(() => new Validator(schema, '2020-12', false).validate(instance));
  } catch (error) {
    const reason = reasonOf(error);
    throw new ApiError('ValidationException', `The form cannot be checked by its schema: ${reason}`);
  }
}

/** What keeps a text from being a schema; null: nothing. */
export function schemaProblem(schema: string): string | null {
  try {
    const parsed: Schema = JSON.parse(schema);
    bounded(() => new Validator(parsed, '2020-12', false).validate({}));
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Ends what takes too long, within a regular expression, too, which nothing else can. */
function bounded<Result>(work: () => Result): Result {
  return runInContext('work()', createContext({ work }), { timeout: CHECK_MS });
}

function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return `it takes more than ${CHECK_MS} ms`;
  return 'message' in error ? String(error.message) : 'it is broken';
}
