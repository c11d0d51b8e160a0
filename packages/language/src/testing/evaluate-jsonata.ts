import type { Json, JsonObject } from '../json.ts';
import { getOwn } from '../json.ts';
import { compileJsonata } from '../data/jsonata/compile.ts';
import { plainScope } from '../data/plain-scope.ts';
import { StatesError } from '../errors.ts';

/** What an expression sees in a test, where something else than nothing. */
export interface JsonataWorld {
  /** The input document, `$$`, which the workflows have not. */
  readonly input?: Json;
  readonly states?: Json;
  readonly variables?: JsonObject;
}

/** 2023-11-14T22:13:20Z. */
export const JSONATA_NOW = 1_700_000_000_000;

/** The value of an expression, or undefined where it gives nothing. Chance is fixed at one half, time at a moment. */
export function evaluateJsonata(text: string, world: JsonataWorld = {}): Json | undefined {
  const { input, states = null, variables = {} } = world;
  return compileJsonata(text).evaluate({
    states,
    variables: (name) => getOwn(variables, name),
    now: JSONATA_NOW,
    random: plainScope({}).random,
    ...(input === undefined ? {} : { input }),
  });
}

/** The error of an expression: its code and its sentence. */
export function jsonataFailure(text: string, world: JsonataWorld = {}): string {
  try {
    const value = evaluateJsonata(text, world);
    return `no error but ${JSON.stringify(value)}`;
  } catch (error) {
    if (error instanceof StatesError && error.error === 'States.QueryEvaluationError') return error.detail;
    throw error;
  }
}
