import type { ExpressionCompiler } from './expression-compiler.ts';
import { jsonPathCompiler } from './json-path-compiler.ts';
import { jsonataCompiler } from './jsonata-compiler.ts';
import type { QueryLanguage } from './state-machine.ts';

/** What compiles the values of a state that is written in this query language. */
export function expressionCompiler(language: QueryLanguage): ExpressionCompiler {
  return language === 'JSONata' ? jsonataCompiler : jsonPathCompiler;
}
