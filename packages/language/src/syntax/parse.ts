import type { Json, JsonObject } from '../json.ts';
import { JsonSyntaxError, isObject, parseJson, utf8Length } from '../json.ts';
import type { Diagnostic } from './diagnostics.ts';
import { Fields, MAXIMUM_SECONDS } from './fields.ts';
import type { FieldTable, StateMachineType, StateSketch, Walk } from './fields.ts';
import { EMPTY_GRAPH, checkGraphs, sketchState, sketchUnreadable } from './graph-checks.ts';
import { findJsonFault, jsonDepthExceeds } from './json-fault.ts';
import { parseChoice } from './parse-choice.ts';
import { parseFail } from './parse-fail.ts';
import { parseMap } from './parse-map.ts';
import { parseParallel } from './parse-parallel.ts';
import { parsePass } from './parse-pass.ts';
import { parseSucceed } from './parse-succeed.ts';
import { parseTask } from './parse-task.ts';
import { parseWait } from './parse-wait.ts';
import { expressionCompiler } from './query-language.ts';
import type { StateContext } from './state-fields.ts';
import type { QueryLanguage, State, StateGraph, StateMachine } from './state-machine.ts';

export interface ParseOptions {
  readonly type: StateMachineType;
}

export interface ParseResult {
  /** Null if there is an ERROR among the diagnostics. */
  readonly machine: StateMachine | null;
  readonly diagnostics: Diagnostic[];
}

/** The API's limit for a definition, in UTF-8 bytes. */
export const MAXIMUM_DEFINITION_BYTES = 1_048_576;
/** How deep objects and arrays of a definition may nest; everything that walks it recurses no deeper. */
export const MAXIMUM_JSON_DEPTH = 500;
const MAXIMUM_STATE_NAME_LENGTH = 80;

const MACHINE_FIELDS: FieldTable = {
  Comment: 'both',
  StartAt: 'both',
  States: 'both',
  Version: 'both',
  TimeoutSeconds: 'both',
  QueryLanguage: 'both',
};

const STATE_PARSERS: ReadonlyMap<string, (fields: Fields, context: StateContext) => State> = new Map<
  string,
  (fields: Fields, context: StateContext) => State
>([
  ['Task', parseTask],
  ['Wait', parseWait],
  ['Pass', parsePass],
  ['Succeed', parseSucceed],
  ['Fail', parseFail],
  ['Choice', parseChoice],
  ['Parallel', parseParallel],
  ['Map', parseMap],
]);

/**
 * Parses, checks and compiles a definition in one walk that finds every problem, in AWS's words where they are known.
 * Bad input is answered with diagnostics, never thrown.
 */
export function parseStateMachine(text: string, options: ParseOptions): ParseResult {
  const read = readDocument(text);
  if ('problem' in read) return { machine: null, diagnostics: [read.problem] };
  const walk: Walk = {
    type: options.type,
    machineLanguage: read.document['QueryLanguage'] === 'JSONata' ? 'JSONata' : 'JSONPath',
    diagnostics: [],
    unsupported: [],
    stateLocations: new Map(),
    labelLocations: new Map(),
    graphs: [],
  };
  const machine = parseMachine(new Fields(walk, read.document, ''));
  checkGraphs(walk);
  const isError = (diagnostic: Diagnostic): boolean => diagnostic.severity === 'ERROR';
  if (!walk.diagnostics.some(isError)) walk.diagnostics.push(...walk.unsupported);
  return { machine: walk.diagnostics.some(isError) ? null : machine, diagnostics: walk.diagnostics };
}

function problem(code: string, message: string, location?: string): { readonly problem: Diagnostic } {
  return { problem: { severity: 'ERROR', code, message, ...(location === undefined ? {} : { location }) } };
}

function readDocument(text: string): { readonly document: JsonObject } | { readonly problem: Diagnostic } {
  if (utf8Length(text) > MAXIMUM_DEFINITION_BYTES) {
    return problem('SCHEMA_VALIDATION_FAILED', `Definition must not exceed ${MAXIMUM_DEFINITION_BYTES} bytes`);
  }
  if (text.trim() === '') return problem('SCHEMA_VALIDATION_FAILED', 'Definition must be a valid JSON object');
  if (jsonDepthExceeds(text, MAXIMUM_JSON_DEPTH)) {
    return problem('TOO_DEEPLY_NESTED', `The definition is nested more than ${MAXIMUM_JSON_DEPTH} levels deep`);
  }
  let document: Json;
  try {
    document = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const fault = findJsonFault(text);
    const location = `[Source: UNKNOWN; line: ${fault.line}, column: ${fault.column}]`;
    return problem('INVALID_JSON_DESCRIPTION', fault.message, location);
  }
  if (isObject(document)) return { document };
  return problem('SCHEMA_VALIDATION_FAILED', 'Definition must be a valid JSON object');
}

function parseMachine(fields: Fields): StateMachine {
  fields.expectOnly(MACHINE_FIELDS, 'JSONPath');
  const queryLanguage = readQueryLanguage(fields) ?? 'JSONPath';
  return {
    ...parseGraph(fields, fields.walk.machineLanguage),
    queryLanguage,
    comment: fields.string('Comment'),
    version: fields.choice('Version', ['1.0']),
    timeoutSeconds: fields.integer('TimeoutSeconds', { minimum: 0, maximum: MAXIMUM_SECONDS }),
  };
}

function readQueryLanguage(fields: Fields): QueryLanguage | null {
  return fields.choice('QueryLanguage', ['JSONPath', 'JSONata']);
}

/** The machine itself, a branch or a processor. */
function parseGraph(fields: Fields, language: QueryLanguage): StateGraph {
  fields.require('States', 'StartAt');
  if (fields.location !== '') fields.string('Comment');
  const startAt = fields.string('StartAt');
  const states = fields.child('States');
  if (states === null) return EMPTY_GRAPH;
  const names = Object.keys(states.object);
  if (names.length === 0) fields.report('Value cannot be empty', fields.at('States'));
  const compiled = new Map<string, State>();
  const sketches = new Map<string, StateSketch>();
  for (const name of names) {
    checkStateName(states, name);
    const state = states.child(name);
    const parsed = state === null ? null : parseState(state, name, language);
    if (parsed !== null) compiled.set(name, parsed);
    const sketch = state !== null && parsed !== null ? sketchState(state, parsed) : sketchUnreadable(states.at(name));
    sketches.set(name, sketch);
  }
  fields.walk.graphs.push({ location: fields.location, startAt, states: sketches });
  return { startAt: startAt ?? '', states: compiled };
}

function checkStateName(states: Fields, name: string): void {
  const location = states.at(name);
  if (name === '') {
    states.report('State name must not be empty', location, 'INVALID_STATE_NAME');
  } else if (Array.from(name).length > MAXIMUM_STATE_NAME_LENGTH) {
    states.report(
      `State name '${name}' exceeds the ${MAXIMUM_STATE_NAME_LENGTH}-character limit allowed by the service`,
      location,
      'INVALID_STATE_NAME',
    );
  }
  if (states.walk.stateLocations.has(name)) {
    states.report(`Duplicate State name: ${name}`, location, 'DUPLICATE_STATE_NAME');
  } else {
    states.walk.stateLocations.set(name, location);
  }
}

function parseState(fields: Fields, name: string, graphLanguage: QueryLanguage): State | null {
  const own = readQueryLanguage(fields);
  if (own === 'JSONPath' && fields.walk.machineLanguage === 'JSONata') {
    fields.report("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
  }
  const compiler = expressionCompiler(own ?? graphLanguage);
  if (compiler.unsupported !== null) {
    fields.walk.unsupported.push({
      severity: 'ERROR',
      code: 'SCHEMA_VALIDATION_FAILED',
      message: compiler.unsupported,
      location: fields.at('QueryLanguage'),
    });
  }
  if (!fields.has('Type')) {
    fields.require('Type');
    return null;
  }
  const type = fields.get('Type');
  const parse = typeof type === 'string' ? STATE_PARSERS.get(type) : undefined;
  if (parse === undefined) {
    const types = [...STATE_PARSERS.keys()].join(', ');
    fields.report(`The field 'Type' should have one of these values: [${types}]`, fields.at('Type'));
    return null;
  }
  return parse(fields, {
    name,
    compiler,
    // A nested state starts over from the machine's language, whatever its Map or Parallel declares for itself.
    parseGraph: (nested) => parseGraph(nested, fields.walk.machineLanguage),
  });
}
