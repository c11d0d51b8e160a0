import type { BuiltInDefinition } from '../callables.ts';
import type { Run } from '../run.ts';
import { stringOf } from '../strings.ts';
import type { Value } from '../value.ts';
import { listAt, needed, numberAt, textAt } from './arguments.ts';

const SURROGATE = /[\ud800-\udfff]/;

/** A function of one text, which gives nothing for nothing. */
function ofText(name: string, result: string, compute: (text: string, run: Run) => Value): BuiltInDefinition {
  return {
    name,
    signature: `<s-:${result}>`,
    arity: 1,
    call(given, run) {
      const text = textAt(given, 0);
      if (text === undefined) return undefined;
      run.characters(text.length);
      return compute(text, run);
    },
  };
}

/** The number of code points. */
export function lengthOf(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let length = 0;
  for (const _character of text) length++;
  return length;
}

/** Like the slice of an array of its code points. */
function slice(text: string, start: number, end?: number): string {
  if (!SURROGATE.test(text)) return text.slice(start, end);
  return Array.from(text).slice(start, end).join('');
}

function substring(text: string, from: number, length: number | undefined): string {
  const whole = lengthOf(text);
  const start = whole + from < 0 ? 0 : from;
  if (length === undefined) return slice(text, start);
  if (length <= 0) return '';
  return slice(text, start, start >= 0 ? start + length : whole + start + length);
}

function pad(text: string, width: number, filling: string, run: Run): string {
  const missing = Math.abs(Math.trunc(width)) - lengthOf(text);
  if (!(missing > 0)) return text;
  run.text(text.length + missing * filling.length);
  const repeated = filling.repeat(missing);
  const padding = filling.length > 1 ? slice(repeated, 0, missing) : repeated;
  return Math.trunc(width) > 0 ? text + padding : padding + text;
}

/** Cuts at the first `separator`; gives the whole text where there is none. */
function part(given: readonly Value[], run: Run, cut: (text: string, at: number, length: number) => string): Value {
  const text = textAt(given, 0);
  if (text === undefined) return undefined;
  run.characters(text.length);
  // A missing separator is looked for as the word that JavaScript has for it.
  const separator = textAt(given, 1) ?? 'undefined';
  const at = text.indexOf(separator);
  return at === -1 ? text : cut(text, at, separator.length);
}

export const STRING_FUNCTIONS: readonly BuiltInDefinition[] = [
  {
    name: 'string',
    signature: '<x-b?:s>',
    arity: 1,
    call: ([value, isPretty], run) => (value === undefined ? undefined : stringOf(value, run, isPretty === true)),
  },
  {
    name: 'substring',
    signature: '<s-nn?:s>',
    arity: 3,
    call(given, run) {
      const text = textAt(given, 0);
      if (text === undefined) return undefined;
      run.characters(text.length);
      return substring(text, numberAt(given, 1) ?? 0, numberAt(given, 2));
    },
  },
  {
    name: 'substringBefore',
    signature: '<s-s:s>',
    arity: 2,
    call: (given, run) => part(given, run, (text, at) => text.slice(0, at)),
  },
  {
    name: 'substringAfter',
    signature: '<s-s:s>',
    arity: 2,
    call: (given, run) => part(given, run, (text, at, length) => text.slice(at + length)),
  },
  ofText('lowercase', 's', (text) => text.toLowerCase()),
  ofText('uppercase', 's', (text) => text.toUpperCase()),
  ofText('length', 'n', lengthOf),
  ofText('trim', 's', (text) => text.replace(/[ \t\n\r]+/g, ' ').replace(/^ | $/g, '')),
  {
    name: 'pad',
    signature: '<s-ns?:s>',
    arity: 3,
    call(given, run) {
      const text = textAt(given, 0);
      if (text === undefined) return undefined;
      const filling = textAt(given, 2) ?? '';
      return pad(text, numberAt(given, 1) ?? Number.NaN, filling === '' ? ' ' : filling, run);
    },
  },
  {
    name: 'join',
    signature: '<a<s>s?:s>',
    arity: 2,
    call(given, run) {
      const texts = listAt(given, 0);
      if (texts === undefined) return undefined;
      const separator = textAt(given, 1) ?? '';
      let length = separator.length * texts.length;
      run.step(texts.length);
      const parts = texts.map((text) => needed(textAt([text], 0), 0));
      for (const one of parts) length += one.length;
      run.text(length);
      return parts.join(separator);
    },
  },
];
