import jsonata from 'jsonata';
import { ExpressionSyntaxError } from '../../errors.ts';
import { MAX_EXPRESSION_CHARACTERS, MAX_EXPRESSION_NODES } from './limits.ts';
import { readTree, TreeLimitError } from './read-tree.ts';
import type { Tree } from './read-tree.ts';

/**
 * Parses a text. The parser runs nothing, but a hostile text could make it run out of stack, which is caught, or copy
 * parts of its tree without end, which is refused beforehand. Throws ExpressionSyntaxError.
 */
export function parseJsonata(text: string): Tree {
  if (text.length > MAX_EXPRESSION_CHARACTERS) {
    throw new ExpressionSyntaxError(`The expression is longer than ${MAX_EXPRESSION_CHARACTERS} characters`, text);
  }
  if (copiedCharacters(text) > MAX_EXPRESSION_NODES) {
    throw new ExpressionSyntaxError('The expression is too complex: too many ?? or ?: in one another', text);
  }
  try {
    return readTree(jsonata(text).ast());
  } catch (error) {
    throw syntaxError(error, text);
  }
}

function syntaxError(error: unknown, text: string): unknown {
  if (error instanceof TreeLimitError) return new ExpressionSyntaxError(error.message, text);
  if (error instanceof RangeError) return new ExpressionSyntaxError('The expression is nested too deeply', text);
  // An invalid regular expression; the parser hands it to the engine's own.
  if (error instanceof SyntaxError) return new ExpressionSyntaxError(`S0303: ${error.message}`, text);
  // The parser throws plain objects.
  if (typeof error !== 'object' || error === null || !('code' in error)) return error;
  const message = 'message' in error ? String(error.message) : 'Syntax error';
  const offset = 'position' in error && typeof error.position === 'number' ? error.position : undefined;
  return new ExpressionSyntaxError(`${String(error.code)}: ${message}`, text, offset);
}

/**
 * An upper bound of the characters whose parts the parser's tree holds, copies included: it copies what stands on the
 * left of each `??` and `?:`, so that a chain of them doubles with every link. Only a comma, a semicolon, a colon or an
 * opening bracket is sure to begin a new left side. Where a slash could begin a regular expression as well as divide,
 * nothing is sure any more, and all that was read counts as the left side of all that follows.
 */
function copiedCharacters(text: string): number {
  if (!text.includes('??') && !text.includes('?:')) return 0;
  return new CopyCounter(text).count();
}

class CopyCounter {
  readonly #text: string;
  /** Of each open bracket: what its current part, behind the last comma or its like, costs; and its finished parts. */
  #levels: { done: number; current: number }[] = [{ done: 0, current: 0 }];
  #total = 0;
  #isUnsure = false;

  constructor(text: string) {
    this.#text = text;
  }

  count(): number {
    let at = 0;
    while (at < this.#text.length && this.#total <= MAX_EXPRESSION_NODES) at = this.#advance(at);
    return this.#total;
  }

  /** Reads what begins at an index; answers where the next begins. */
  #advance(at: number): number {
    const text = this.#text;
    const sign = text.charAt(at);
    const two = text.slice(at, at + 2);
    const level = this.#levels.at(-1);
    if (level === undefined) return text.length;
    level.current += 1;
    this.#total += 1;
    if (two === '??' || two === '?:') {
      this.#total += level.current;
      level.current *= 2;
      return at + 2;
    }
    if (this.#isUnsure) return at + 1;
    if (two === '/*') return endOf(text, '*/', at + 2);
    if (sign === '/') return this.#readSlash(at);
    if (sign === '"' || sign === "'") return endOfText(text, sign, at + 1);
    if (sign === '`') return endOf(text, '`', at + 1);
    if ('([{'.includes(sign)) this.#levels.push({ done: 0, current: 0 });
    else if (')]}'.includes(sign)) this.#close();
    else if (',;:'.includes(sign)) {
      level.done += level.current;
      level.current = 0;
    }
    return at + 1;
  }

  #close(): void {
    const closed = this.#levels.pop();
    const level = this.#levels.at(-1);
    if (closed === undefined) return;
    if (level === undefined) this.#levels.push(closed);
    else level.current += closed.done + closed.current;
  }

  #readSlash(at: number): number {
    const before = this.#text.slice(0, at).trimEnd().at(-1) ?? '';
    if (before === ',' || before === '(') return this.#endOfPattern(at + 1);
    if (!/[\w)\]}$]/.test(before)) {
      this.#isUnsure = true;
      this.#levels = [{ done: 0, current: this.#total }];
    }
    return at + 1;
  }

  /** As the parser finds it: the next slash outside of brackets that no odd number of backslashes stands before. */
  #endOfPattern(start: number): number {
    let depth = 0;
    let slashes = 0;
    for (let at = start; at < this.#text.length; at++) {
      const sign = this.#text.charAt(at);
      if (sign === '/' && depth === 0 && slashes % 2 === 0) return at + 1;
      const isEscaped = this.#text.charAt(at - 1) === '\\';
      if ('([{'.includes(sign) && !isEscaped) depth++;
      if (')]}'.includes(sign) && !isEscaped) depth--;
      slashes = sign === '\\' ? slashes + 1 : 0;
    }
    return this.#text.length;
  }
}

function endOf(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at === -1 ? text.length : at + end.length;
}

function endOfText(text: string, quote: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text.charAt(at) === '\\') at++;
    else if (text.charAt(at) === quote) return at + 1;
  }
  return text.length;
}
