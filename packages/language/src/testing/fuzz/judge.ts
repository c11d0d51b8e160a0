import { referencedVariables, compileIntrinsic } from '../../data/intrinsic-expression.ts';
import type { Scope } from '../../data/expression.ts';
import { MAX_OUTPUT_CHARACTERS } from '../../data/limits.ts';
import { compilePath, compileReferencePath, isSingularPath } from '../../data/path-expression.ts';
import { compileTemplate } from '../../data/payload-template.ts';
import { plainScope } from '../../data/plain-scope.ts';
import { ExpressionSyntaxError, StatesError } from '../../errors.ts';
import * as language from '../../index.ts';
import { type Json, JsonSyntaxError, isObject, jsonText, parseJson } from '../../json.ts';
import { parseStateMachine } from '../../syntax/parse.ts';
import { definitionError } from '../../syntax/diagnostics.ts';
import { Dice } from './dice.ts';
import { FUZZ_KINDS, type FuzzCase, type FuzzKind } from './fuzz-case.ts';
import { BrokenRule, play } from './play.ts';

/** What a case came to: null where all is well, else the first line says what failed; it stays while a case shrinks. */
export type Verdict = string | null;

/** The kinds that this version has: JSONata where the language exports it and it runs. */
export function availableKinds(): FuzzKind[] {
  return FUZZ_KINDS.filter((kind) => kind !== 'jsonata' || ownJsonata() !== null);
}

/**
 * Runs a case. The language may refuse a definition with diagnostics, an expression with ExpressionSyntaxError, and an
 * evaluation with StatesError; anything else thrown, and any broken rule, is a failure.
 */
export function judge(fuzzCase: FuzzCase): Verdict {
  return verdictOf(fuzzCase.kind, () => TRIALS[fuzzCase.kind](fuzzCase));
}

/** What a trial of a kind came to. */
export function verdictOf(kind: FuzzKind, trial: () => void): Verdict {
  try {
    trial();
    return null;
  } catch (error) {
    const isRefusal = error instanceof ExpressionSyntaxError || error instanceof StatesError;
    // A definition's own problems are diagnostics: nothing is thrown by it at all.
    return isRefusal && kind !== 'definition' ? null : describe(error);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  const frame = /\n\s+at (.*)/.exec(error.stack ?? '')?.[1] ?? '';
  // Numbers and places change while a case shrinks, the kind of failure and its function do not.
  const where = error instanceof BrokenRule || error instanceof RangeError ? '' : ` in ${frame.replace(/ \(.*/, '')}`;
  return `${error.name}${where}\n${error.stack ?? error.message}`;
}

const TRIALS: Readonly<Record<FuzzKind, (fuzzCase: FuzzCase) => void>> = {
  definition: tryDefinition,
  path: tryPath,
  template: tryTemplate,
  intrinsic({ text, input }) {
    referencedVariables(text);
    evaluate(compileIntrinsic(text), input);
  },
  jsonata: tryJsonata,
};

function tryDefinition({ text, input, story }: FuzzCase): void {
  for (const type of ['STANDARD', 'EXPRESS'] as const) {
    const { machine, diagnostics } = parseStateMachine(text, { type });
    const isRefused = diagnostics.some(({ severity }) => severity === 'ERROR');
    if ((machine === null) !== isRefused) throw new BrokenRule('a machine is there exactly where no ERROR is');
    definitionError(diagnostics, text);
    if (machine !== null) play(machine, input, new Dice(story, 0));
  }
}

function tryPath({ text, input }: FuzzCase): void {
  isSingularPath(text);
  const failures: unknown[] = [];
  const attempts = [
    (): unknown => evaluate(compilePath(text), input),
    (): unknown => jsonText(compileReferencePath(text).write(parseJson(input), 'written')),
  ];
  for (const attempt of attempts) {
    try {
      attempt();
    } catch (error) {
      failures.push(error);
    }
  }
  for (const error of failures)
    if (!(error instanceof ExpressionSyntaxError || error instanceof StatesError)) throw error;
}

function tryTemplate({ text, input }: FuzzCase): void {
  let template: Json;
  try {
    template = parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return;
    throw error;
  }
  evaluate(compileTemplate(template), input);
}

function scopeOf(input: string): Scope {
  const document = parseJson(input);
  const variables = isObject(document) ? { variable: { x: [1, 2] }, ...document } : {};
  return plainScope({ input: document, context: { Execution: { Id: 'id' } }, variables });
}

function evaluate(expression: { evaluate(scope: Scope): Json }, input: string): void {
  checkValue(expression.evaluate(scopeOf(input)));
}

function checkValue(value: Json | undefined): void {
  const text = jsonText(value ?? null);
  // A few results may together be larger than one; much larger means that nobody counted.
  if (text.length > 4 * MAX_OUTPUT_CHARACTERS) throw new BrokenRule(`a value of ${text.length} characters`);
}

type Evaluate = (bindings: object) => Json | undefined;

/** Found by its name, as a version without JSONata does not export it. */
function ownJsonata(): ((text: string) => Evaluate) | null {
  const compile: unknown = Reflect.get(language, 'compileJsonata');
  if (typeof compile !== 'function') return null;
  return (text) => {
    const expression: unknown = Reflect.apply(compile, undefined, [text]);
    const run: unknown = typeof expression === 'object' && expression !== null && Reflect.get(expression, 'evaluate');
    if (typeof run !== 'function') throw new BrokenRule('compileJsonata answers an expression');
    return (bindings) => Reflect.apply(run, expression, [bindings]);
  };
}

function tryJsonata({ text, input }: FuzzCase): void {
  const compile = ownJsonata();
  if (compile === null) return;
  const run = compile(text);
  const { random } = plainScope({});
  const document = parseJson(input);
  const variables = (name: string): Json | undefined => (name === 'variable' ? { x: [1, 2] } : undefined);
  checkValue(run({ states: { input: document, context: {} }, variables, now: 1_700_000_000_000, random }));
}
