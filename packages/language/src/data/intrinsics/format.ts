import { StatesError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { javaText } from '../java-text.ts';
import { MAX_INTRINSIC_ARGUMENTS, MAX_OUTPUT_CHARACTERS } from '../limits.ts';
import { IntrinsicError, invalidArguments, textParameter } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.Format';

/** `States.Format(template, value, …)`: the template with each `{}` replaced by the value that follows next. */
export const format: IntrinsicFunction = {
  name,
  arity: [1, MAX_INTRINSIC_ARGUMENTS],
  takesTemplate: true,
  call([template, ...values]) {
    return fill(splitTemplate(textParameter(name, template)), values);
  },
  prepare(template) {
    let literals: readonly string[] | null = null;
    // What is wrong with the template fails the call and not the definition.
    return (values) => fill((literals ??= splitTemplate(template)), values);
  },
};

function fill(literals: readonly string[], values: readonly Json[]): string {
  if (literals.length !== values.length + 1) {
    throw invalidArguments(name, 'number of arguments do not match the occurrences of {}.');
  }
  let text = '';
  for (let index = 0; index < literals.length; index++) {
    text += literals[index] ?? '';
    const value = values[index];
    if (value !== undefined) text += typeof value === 'string' ? value : javaText(value);
    if (text.length > MAX_OUTPUT_CHARACTERS) {
      throw new StatesError('States.DataLimitExceeded', 'A text that an expression builds is too long.');
    }
  }
  return text;
}

/** What stands between the template's placeholders. A backslash takes the meaning from a brace, a quote or another. */
function splitTemplate(template: string): string[] {
  const literals: string[] = [];
  let literal = '';
  for (let at = 0; at < template.length; at++) {
    const unit = template.charAt(at);
    const next = template.charAt(at + 1);
    if (unit === '\\' && next !== '' && "'{}\\".includes(next)) {
      literal += next;
      at++;
    } else if (unit === '{') {
      if (next !== '}') throw new IntrinsicError(`Invalid template in ${name}: matching '}' not found for '{'.`);
      literals.push(literal);
      literal = '';
      at++;
    } else if (unit === '}') {
      throw new IntrinsicError(`Invalid template in ${name}: matching '{' not found for '}'.`);
    } else literal += unit;
  }
  return [...literals, literal];
}
