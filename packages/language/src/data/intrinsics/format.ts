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
    const literals = splitTemplate(textParameter(name, template));
    if (literals.length !== values.length + 1) {
      throw invalidArguments(name, 'number of arguments do not match the occurrences of {}.');
    }
    return fill(literals, values);
  },
};

function fill(literals: readonly string[], values: readonly Json[]): string {
  let text = '';
  for (const [index, literal] of literals.entries()) {
    text += literal;
    const value = values[index];
    if (value !== undefined) text += javaText(value);
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
