import { compileIntrinsic, referencedVariables } from '../data/intrinsic-expression.ts';
import { compileFieldPath, compilePath, isPath } from '../data/path-expression.ts';
import { compileTemplate } from '../data/payload-template.ts';
import { ExpressionSyntaxError } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import { isObject, jsonText } from '../json.ts';
import type { ExpressionCompiler, ValueFault, ValuePlace } from './expression-compiler.ts';
import { nestedValues } from './expression-compiler.ts';

function compiles(compile: () => unknown): boolean {
  try {
    compile();
    return true;
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    return false;
  }
}

/** Whether a text that is not evaluated could have been meant to be. */
export function looksDynamic(text: string): boolean {
  if (text.startsWith('$')) return isPath(text);
  return text.startsWith('States.') && compiles(() => compileIntrinsic(text));
}

function entryFault(template: JsonObject, key: string, value: Json): ValueFault | null {
  if (!key.endsWith('.$')) {
    if (typeof value !== 'string' || !looksDynamic(value)) return null;
    const message = `The value of the field '${key}' looks like a JSONPath or an intrinsic function, but the name of the field does not end with '.$'`;
    return { path: `/${key}`, message, code: 'NO_DOLLAR', isWarning: true };
  }
  const name = key.slice(0, -2);
  if (Object.hasOwn(template, name)) return { path: '', message: `The field '${name}' is defined more than once` };
  const isValid =
    typeof value === 'string' && compiles(() => (value.startsWith('$') ? compilePath(value) : compileIntrinsic(value)));
  if (isValid) return null;
  return {
    path: '',
    message: `The value for the field '${key}' must be a valid JSONPath or a valid intrinsic function call`,
  };
}

function templateFaults(template: Json): readonly ValueFault[] {
  const own = isObject(template)
    ? Object.entries(template).flatMap(([key, value]) => entryFault(template, key, value) ?? [])
    : [];
  const nested = nestedValues(template).flatMap(([step, value]) =>
    templateFaults(value).map((fault) => ({ ...fault, path: `${step}${fault.path}` })),
  );
  return [...own, ...nested];
}

function noteVariables(template: Json, place: ValuePlace): void {
  if (isObject(template)) {
    for (const [key, value] of Object.entries(template)) {
      if (key.endsWith('.$') && typeof value === 'string') {
        for (const name of referencedVariables(value)) place.reads(name);
      }
    }
  }
  for (const [, nested] of nestedValues(template)) noteVariables(nested, place);
}

export const jsonPathCompiler: ExpressionCompiler = {
  queryLanguage: 'JSONPath',
  isExpression: () => false,
  compileValue(value, place) {
    const faults = templateFaults(value);
    for (const fault of faults) place.report(fault);
    if (faults.some((fault) => fault.isWarning !== true)) return null;
    noteVariables(value, place);
    return compileTemplate(value);
  },
  compileScalar(value, _type, place) {
    place.report({ path: '', message: `The field ${place.field} needs JSONata: ${jsonText(value)}` });
    return null;
  },
  compilePath(text, field) {
    if (field !== 'ErrorPath' && field !== 'CausePath') return compilePath(text);
    // Only a Fail state's paths may call an intrinsic function instead, and name their field where they miss.
    return text.startsWith('$') ? compileFieldPath(text, field) : compileIntrinsic(text);
  },
};
