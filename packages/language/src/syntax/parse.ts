import type { Json, JsonObject } from '../json.ts';
import { JsonSyntaxError, isObject, parseJson, utf8Length } from '../json.ts';
import type { Diagnostic } from './diagnostics.ts';
import { Fields, MAXIMUM_SECONDS } from './fields.ts';
import type { FieldTable, StateMachineType, StateSketch, VariableScope, Walk } from './fields.ts';
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
import { checkVariableNames } from './variable-names.ts';

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
  const walk = newWalk(options.type, resolveLanguage(read.document['QueryLanguage']) ?? 'JSONPath');
  const machine = parseMachine(new Fields(walk, read.document, ''));
  checkGraphs(walk);
  checkVariableNames(walk);
  return { machine: isRefused(walk) ? null : machine, diagnostics: walk.diagnostics };
}

/** The name of a state that is parsed by itself, in its history and its context object. */
export const SINGLE_STATE_NAME = 'StateName';

export interface ParseStateResult {
  /** Null if there is an ERROR among the diagnostics. */
  readonly state: State | null;
  readonly diagnostics: Diagnostic[];
}

/**
 * Parses one state by itself, as TestState takes it: a document that is the state's own object. Where its transitions
 * lead is not looked at; the locations of its findings begin at the state.
 */
export function parseSingleState(text: string, options: ParseOptions): ParseStateResult {
  const read = readDocument(text);
  if ('problem' in read) return { state: null, diagnostics: [read.problem] };
  const walk = newWalk(options.type, 'JSONPath');
  const scope: VariableScope = { outer: null, names: new Set() };
  const state = parseState(new Fields(walk, read.document, ''), SINGLE_STATE_NAME, { language: 'JSONPath', scope });
  checkGraphs(walk);
  checkVariableNames(walk);
  return { state: isRefused(walk) ? null : state, diagnostics: walk.diagnostics };
}

function newWalk(type: StateMachineType, machineLanguage: QueryLanguage): Walk {
  return {
    type,
    machineLanguage,
    diagnostics: [],
    stateLocations: new Map(),
    labelLocations: new Map(),
    graphs: [],
    assignments: [],
  };
}

function isRefused(walk: Walk): boolean {
  return walk.diagnostics.some((diagnostic) => diagnostic.severity === 'ERROR');
}

/** What a QueryLanguage field asks for: like AWS, anything but the one exact word for JSONPath asks for JSONata. */
function resolveLanguage(value: Json | undefined): QueryLanguage | null {
  if (value === undefined) return null;
  return value === 'JSONPath' ? 'JSONPath' : 'JSONata';
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
  readQueryLanguage(fields);
  return {
    ...parseGraph(fields, null),
    queryLanguage: fields.walk.machineLanguage,
    comment: fields.string('Comment'),
    version: fields.choice('Version', ['1.0']),
    timeoutSeconds: fields.integer('TimeoutSeconds', { minimum: 0, maximum: MAXIMUM_SECONDS }),
  };
}

function readQueryLanguage(fields: Fields): QueryLanguage | null {
  return fields.choice('QueryLanguage', ['JSONPath', 'JSONata']);
}

/** What a state takes from the graph it is in. */
interface Surrounding {
  readonly language: QueryLanguage;
  readonly scope: VariableScope;
}

/** The machine itself, a branch or a processor. `outer`: the variables it sees around it. */
function parseGraph(fields: Fields, outer: VariableScope | null): StateGraph {
  // A nested state starts over from the machine's language, whatever its Map or Parallel declares for itself.
  const surrounding: Surrounding = { language: fields.walk.machineLanguage, scope: { outer, names: new Set() } };
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
    const parsed = state === null ? null : parseState(state, name, surrounding);
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

function parseState(fields: Fields, name: string, { language, scope }: Surrounding): State | null {
  readQueryLanguage(fields);
  const own = resolveLanguage(fields.get('QueryLanguage'));
  if (own === 'JSONPath' && fields.walk.machineLanguage === 'JSONata') {
    fields.report("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
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
    location: fields.location,
    compiler: expressionCompiler(own ?? language),
    scope,
    references: new Set(),
    parseGraph: (nested, isIsolated) => parseGraph(nested, isIsolated ? null : scope),
  });
}
