import { RE2JS, RE2JSException } from 're2js';
import { JsonataError } from './errors.ts';
import { LOOKAHEAD_CHARACTERS_PER_STEP, MAX_PATTERN_CHARACTERS, STEPS_OF_PATTERN_SEARCH } from './limits.ts';
import type { Run } from './run.ts';
import type { Callable, Dictionary, Value } from './value.ts';
import { Native } from './callables.ts';

/** One match of a pattern in a text. */
export interface Match {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

/** A regular expression could not be compiled: it is malformed, or needs what only backtracking can do. */
export class PatternError extends Error {}

/**
 * A regular expression in JavaScript's syntax, run by RE2 in time linear in the text: a definition and its input come
 * from outside, and JavaScript's own engine can be made to backtrack for years. The price: no look-around and no back
 * references. Throws {@link PatternError}.
 */
export class Pattern {
  readonly source: string;
  readonly #compiled: RE2JS;
  readonly #looksAhead: boolean;

  constructor(source: string, flags: string) {
    this.source = source;
    // Only a choice, a repeated group or a lazy part can make RE2 read far beyond the end of the match it will give.
    this.#looksAhead = /\||\)[?*+{]|[*+?}]\?/.test(source);
    if (source.length > MAX_PATTERN_CHARACTERS) throw new PatternError('it is too long');
    let bits = 0;
    if (flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE;
    if (flags.includes('m')) bits |= RE2JS.MULTILINE;
    try {
      this.#compiled = RE2JS.compile(toRe2(source), bits);
    } catch (error) {
      if (error instanceof RE2JSException) throw new PatternError(error.message);
      throw error;
    }
  }

  /** The first match at or behind an index. */
  find(text: string, from: number, run: Run): Match | undefined {
    const matcher = this.#compiled.matcher(text);
    const isFound = from <= text.length && matcher.find(from);
    const end = isFound ? matcher.end() : text.length;
    run.characters(end - from);
    run.step(
      STEPS_OF_PATTERN_SEARCH +
        (this.#looksAhead ? Math.floor((text.length - from) / LOOKAHEAD_CHARACTERS_PER_STEP) : 0),
    );
    if (!isFound) return undefined;
    const groups: (string | undefined)[] = [];
    for (let group = 1; group <= matcher.groupCount(); group++) groups.push(matcher.group(group) ?? undefined);
    return { text: matcher.group() ?? '', start: matcher.start(), end, groups };
  }

  /** The match behind another one. Throws D1004 where it is empty, as it would never end. */
  findNext(text: string, last: Match, run: Run): Match | undefined {
    if (last.end >= text.length) return undefined;
    const next = this.find(text, last.end, run);
    if (next?.text === '') throw new JsonataError('D1004', { value: this.source });
    return next;
  }
}

const UNICODE_ESCAPE = /^u(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{4}))/;
const SPACES =
  '\\t\\n\\v\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const NO_SPACES =
  '\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}';

/** What the two syntaxes write differently: escapes by code, white space, the dot, and empty classes. */
function toRe2(source: string): string {
  let result = '';
  let isInClass = false;
  for (let at = 0; at < source.length; at++) {
    const sign = source.charAt(at);
    if (sign === '\\') {
      const [text, length] = translateEscape(source.slice(at + 1, at + 12), isInClass);
      result += text;
      at += length;
    } else if (isInClass) {
      if (sign === ']') isInClass = false;
      result += sign === '[' ? '\\[' : sign;
    } else if (sign === '[') {
      const [text, length] = openClass(source.slice(at, at + 3));
      isInClass = length === 0;
      result += text;
      at += length;
    } else result += sign === '.' ? '[^\\n\\r\\x{2028}\\x{2029}]' : sign;
  }
  return result;
}

/** What opens a class, and how much more of the source that was: `[^]` and `[]` are whole. */
function openClass(rest: string): [text: string, length: number] {
  if (rest === '[^]') return ['[\\x{0}-\\x{10ffff}]', 2];
  if (rest.startsWith('[]')) return ['[^\\x{0}-\\x{10ffff}]', 1];
  return ['[', 0];
}

/** What stands for an escape, and how much of the source behind the backslash it was. */
function translateEscape(rest: string, isInClass: boolean): [text: string, length: number] {
  const sign = rest.charAt(0);
  const unicode = UNICODE_ESCAPE.exec(rest);
  if (unicode !== null) return [`\\x{${unicode[1] ?? unicode[2] ?? '0'}}`, unicode[0].length];
  if (/^c[A-Za-z]/.test(rest)) return [`\\x{${(rest.charCodeAt(1) % 32).toString(16)}}`, 2];
  if (/^0(?!\d)/.test(rest)) return ['\\x{0}', 1];
  if (sign === 's') return [isInClass ? SPACES : `[${SPACES}]`, 1];
  if (sign === 'S') return [isInClass ? NO_SPACES : `[^${SPACES}]`, 1];
  if (sign === 'b' && isInClass) return ['\\x{8}', 1];
  if (/^[dDwWbBtnrfvx]/.test(rest)) return [`\\${sign}`, 1];
  if (/^[1-9]/.test(rest)) throw new PatternError('back references need backtracking, which could take for ever');
  if (/^[kpPuc]/.test(rest)) throw new PatternError(`the escape \\${sign} is not supported`);
  // An escape without a meaning of its own is the character itself.
  return [/[A-Za-z0-9_]/.test(sign) ? sign : `\\${sign}`, sign === '' ? 0 : 1];
}

const compiledPatterns = new WeakMap<Callable, Pattern>();

/** A regular expression as a function: from a text and an index to the match there, with a function for the next. */
export function patternFunction(pattern: Pattern): Callable {
  const matchFrom = (text: string, from: number, run: Run): Value => {
    const match = pattern.find(text, from, run);
    return match === undefined ? undefined : matchValue(match, text);
  };
  const matchValue = (match: Match, text: string): Dictionary => ({
    match: match.text,
    start: match.start,
    end: match.end,
    groups: [...match.groups],
    next: new Native(0, (_given, run) => {
      const next = pattern.findNext(text, match, run);
      return next === undefined ? undefined : matchValue(next, text);
    }),
  });
  const matcher = new Native(2, ([text, from], run) => {
    if (typeof text !== 'string') throw new JsonataError('T0410', { value: text, index: 1 });
    return matchFrom(text, typeof from === 'number' && from > 0 ? Math.floor(from) : 0, run);
  });
  compiledPatterns.set(matcher, pattern);
  return matcher;
}

/** The pattern behind a function, where it is a regular expression. */
export function patternOf(matcher: Callable): Pattern | undefined {
  return compiledPatterns.get(matcher);
}
