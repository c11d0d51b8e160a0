import { RE2JS, RE2JSException } from 're2js';
import type { Pattern } from './syntax-tree.ts';

const FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
  // RE2 always matches whole code points and folds case by Unicode, which is all that Java's `u` and `U` ask for.
  u: 0,
  U: 0,
};

/**
 * A filter's `/source/flags`. Runs on RE2, whose time is linear in the text, because a definition and its input come
 * from outside and JavaScript's own engine can be made to backtrack for years. The price: no look-around and no back
 * references; they are refused when the definition is compiled. Like Jayway's, a pattern must match the whole text.
 */
export function compilePattern(source: string, flags: string, fail: (message: string) => never): Pattern {
  let bits = 0;
  for (const flag of flags) {
    const bit = Object.hasOwn(FLAGS, flag) ? FLAGS[flag] : undefined;
    if (bit === undefined) return fail(`unknown flag '${flag}'`);
    bits |= bit;
  }
  try {
    const compiled = RE2JS.compile(source, bits);
    return { matches: (text) => compiled.matches(text) };
  } catch (error) {
    if (error instanceof RE2JSException) return fail(`invalid regular expression: ${error.message}`);
    throw error;
  }
}
