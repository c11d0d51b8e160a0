import { callBack, unwrapped } from '../callables.ts';
import type { BuiltInDefinition } from '../callables.ts';
import { JsonataError } from '../errors.ts';
import { pushAll } from '../lookup.ts';
import { patternOf } from '../regex.ts';
import type { Match, Pattern } from '../regex.ts';
import type { Run } from '../run.ts';
import { Callable, isDictionary, member, newSequence, plain } from '../value.ts';
import type { List, Value } from '../value.ts';
import { functionAt, needed, numberAt, textAt } from './arguments.ts';

/** A match by a regular expression or by an author's own function, with the way to the next one. */
interface Found {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly groups: readonly Value[];
  next(): Found | undefined;
}

/** The first match of a matcher: a regular expression, or a function that gives `{match, start, end, groups, next}`. */
function firstMatch(matcher: Callable, text: string, run: Run): Found | undefined {
  const pattern = patternOf(unwrapped(matcher));
  if (pattern !== undefined) return fromPattern(pattern, pattern.find(text, 0, run), text, run);
  return fromFunction(callBack(matcher, [text], run), run);
}

function fromPattern(pattern: Pattern, match: Match | undefined, text: string, run: Run): Found | undefined {
  if (match === undefined) return undefined;
  return { ...match, next: () => fromPattern(pattern, pattern.findNext(text, match, run), text, run) };
}

function fromFunction(result: Value, run: Run): Found | undefined {
  if (result === undefined || result === null || result === false || result === '' || result === 0) return undefined;
  if (!isDictionary(result)) throw new JsonataError('T1010');
  const [start, end] = [plain(member(result, 'start')), plain(member(result, 'end'))];
  const [text, groups, next] = [member(result, 'match'), member(result, 'groups'), member(result, 'next')];
  if (typeof start !== 'number' || typeof end !== 'number' || typeof text !== 'string' || !Array.isArray(groups)) {
    throw new JsonataError('T1010');
  }
  return {
    text,
    start,
    end,
    groups,
    next: () => (next instanceof Callable ? fromFunction(callBack(next, [], run), run) : undefined),
  };
}

/** At most `limit` matches; like the language, it looks for one more than it hands out. */
function eachMatch(matcher: Callable, text: string, limit: number, run: Run, take: (found: Found) => void): number {
  let count = 0;
  for (let found = firstMatch(matcher, text, run); found !== undefined && count < limit; found = found.next()) {
    run.step(1);
    take(found);
    count += 1;
  }
  return count;
}

function limitAt(given: readonly Value[], index: number, code: string): number {
  const limit = numberAt(given, index);
  if (limit !== undefined && limit < 0) throw new JsonataError(code, { value: limit, index: index + 1 });
  return limit ?? Number.POSITIVE_INFINITY;
}

function contains(given: readonly Value[], run: Run): Value {
  const text = textAt(given, 0);
  const [, token] = given;
  if (text === undefined || token === undefined) return undefined;
  run.characters(text.length);
  if (typeof token === 'string') return text.includes(token);
  return firstMatch(needed(functionAt(given, 1), 1), text, run) !== undefined;
}

function match(given: readonly Value[], run: Run): Value {
  const text = textAt(given, 0);
  if (text === undefined) return undefined;
  const limit = limitAt(given, 2, 'D3040');
  const matches = newSequence();
  if (!(limit > 0)) return matches;
  eachMatch(needed(functionAt(given, 1), 1), text, limit, run, (found) => {
    const groups: List = [];
    pushAll(groups, found.groups, run);
    matches.push({ match: found.text, index: found.start, groups });
  });
  return matches;
}

function split(given: readonly Value[], run: Run): Value {
  const text = textAt(given, 0);
  if (text === undefined) return undefined;
  const limit = limitAt(given, 2, 'D3020');
  const [, separator] = given;
  const parts: List = [];
  if (!(limit > 0)) return parts;
  run.characters(text.length);
  if (typeof separator === 'string') {
    const pieces = text.split(separator, numberAt(given, 2));
    pushAll(parts, pieces, run);
    return parts;
  }
  let start = 0;
  const count = eachMatch(needed(functionAt(given, 1), 1), text, limit, run, (found) => {
    parts.push(text.slice(start, found.start));
    start = found.end;
  });
  if (count < limit) parts.push(text.slice(start));
  return parts;
}

function replace(given: readonly Value[], run: Run): Value {
  const text = textAt(given, 0);
  if (text === undefined) return undefined;
  const [, pattern, replacement] = given;
  if (pattern === '') throw new JsonataError('D3010', { value: pattern, index: 2 });
  const limit = limitAt(given, 3, 'D3011');
  if (!(limit > 0)) return text;
  run.characters(text.length);
  if (typeof pattern === 'string') return replaceText(text, pattern, needed(textAt(given, 2), 2), limit, run);
  let result = '';
  let position = 0;
  const substitute = substitution(replacement, run);
  eachMatch(needed(functionAt(given, 1), 1), text, limit, run, (found) => {
    const substituted = substitute(found);
    run.characters(substituted.length);
    result += text.slice(position, found.start) + substituted;
    run.checkText(result.length);
    position = found.start + found.text.length;
  });
  return result + text.slice(position);
}

function replaceText(text: string, pattern: string, replacement: string, limit: number, run: Run): string {
  let result = '';
  let position = 0;
  let count = 0;
  for (let at = text.indexOf(pattern); at !== -1 && count < limit; at = text.indexOf(pattern, position)) {
    run.step(1);
    run.characters(replacement.length);
    result += text.slice(position, at) + replacement;
    run.checkText(result.length);
    position = at + pattern.length;
    count += 1;
  }
  return result + text.slice(position);
}

/** What takes a match's place: what a function gives for it, or a text with `$1` and the like filled in. */
function substitution(replacement: Value, run: Run): (found: Found) => string {
  if (typeof replacement === 'string') return (found) => fillIn(replacement, found);
  const compute = needed(functionAt([replacement], 0), 2);
  return (found) => {
    const { text, start, end, groups } = found;
    const value = callBack(compute, [{ match: text, start, end, groups: [...groups] }], run);
    if (typeof value !== 'string') throw new JsonataError('D3012', { value });
    return value;
  };
}

/** `$0` is the match, `$n` a group with as many digits as there are groups, `$$` a dollar. */
function fillIn(replacement: string, found: Found): string {
  const { groups } = found;
  let result = '';
  let position = 0;
  for (let at = replacement.indexOf('$'); at !== -1; at = replacement.indexOf('$', position)) {
    result += replacement.slice(position, at);
    position = at + 1;
    const sign = replacement.charAt(position);
    if (sign === '$' || sign === '0') {
      result += sign === '$' ? '$' : found.text;
      position += 1;
      continue;
    }
    const digits = groups.length === 0 ? 1 : String(groups.length).length;
    let index = Number.parseInt(replacement.slice(position, position + digits), 10);
    if (digits > 1 && index > groups.length) {
      index = Number.parseInt(replacement.slice(position, position + digits - 1), 10);
    }
    if (Number.isNaN(index)) result += '$';
    else {
      const group = groups[index - 1];
      if (typeof group === 'string') result += group;
      position += String(index).length;
    }
  }
  return result + replacement.slice(position);
}

export const PATTERN_FUNCTIONS: readonly BuiltInDefinition[] = [
  { name: 'contains', signature: '<s-(sf):b>', arity: 2, call: contains },
  { name: 'match', signature: '<s-f<s:o>n?:a<o>>', arity: 3, call: match },
  { name: 'split', signature: '<s-(sf)n?:a<s>>', arity: 3, call: split },
  { name: 'replace', signature: '<s-(sf)(sf)n?:s>', arity: 4, call: replace },
];
