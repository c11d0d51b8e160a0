import { type Schema, Validator } from '@cfworker/json-schema';
import { ApiError } from '@everstep/protocol';

const MAX_PROBLEMS = 5;

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
    return new Validator(schema, '2020-12', false).validate(instance);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError('ValidationException', `The form cannot be checked, as its schema is broken: ${reason}`);
  }
}

/** What keeps a text from being a schema; null: nothing. */
export function schemaProblem(schema: string): string | null {
  try {
    const parsed: Schema = JSON.parse(schema);
    new Validator(parsed, '2020-12', false).validate({});
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
