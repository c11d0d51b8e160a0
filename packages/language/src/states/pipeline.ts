import { type StartingItem, contextObject } from '../context-object.ts';
import type { Expression, RandomSource, ReferencePath, Scope } from '../data/expression.ts';
import { jsonLengthWithin } from '../data/java-text.ts';
import { StatesError } from '../errors.ts';
import type { ExecutionState, Frame } from '../execution-state.ts';
import { variableOf } from '../frames.ts';
import type { InspectedStage, Inspection } from '../inspection.ts';
import { type Json, type JsonObject, isObject, jsonText, noteMemberAdded, utf8Length } from '../json.ts';
import { MAX_DATA_BYTES } from '../limits.ts';
import type { Outcome } from '../outcome.ts';
import { randomSource } from '../random.ts';
import type { State } from '../syntax/state-machine.ts';

/** Where an expression is evaluated. */
export interface Place {
  readonly execution: ExecutionState;
  readonly frame: Frame;
  readonly state: State;
  /** Seeds the random values of this evaluation. */
  readonly eventId: number;
  /** The token that the context object shows: a `.waitForTaskToken` task's own. */
  readonly taskToken: string | null;
  readonly item: StartingItem | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly inspection: Inspection | null;
}

/** What `$states` has beside the input and the context. */
export type StatesExtra = { readonly result: Json } | { readonly errorOutput: Json } | Record<string, never>;

const NO_EXTRA: StatesExtra = {};

const WAY_IN: ReadonlySet<InspectedStage> = new Set<InspectedStage>([
  'afterInputPath',
  'afterParameters',
  'afterArguments',
]);
const JSONPATH_STAGES: ReadonlySet<InspectedStage> = new Set<InspectedStage>(['afterInputPath', 'afterParameters']);

/** What an expression sees; a class, because one is made for every expression of every state. */
class StateScope implements Scope {
  readonly input: Json;
  readonly now: number;
  readonly #pipeline: Pipeline;
  readonly #place: Place;
  readonly #extra: StatesExtra;

  constructor(pipeline: Pipeline, place: Place, input: Json, extra: StatesExtra) {
    this.#pipeline = pipeline;
    this.#place = place;
    this.input = input;
    this.now = place.now;
    this.#extra = extra;
  }

  get context(): JsonObject {
    return this.#pipeline.context();
  }
  get states(): Json {
    return { input: this.#place.frame.input, context: this.#pipeline.context(), ...this.#extra };
  }
  get random(): RandomSource {
    return this.#pipeline.random();
  }
  variable(name: string): Json | undefined {
    return variableOf(this.#place.execution, this.#place.frame, name);
  }
}

/**
 * The data pipeline of one state: InputPath, Parameters, (the work), ResultSelector, ResultPath, Assign, OutputPath.
 * All expressions see the variables as they were on entry; what is costly to build is built when first looked at.
 */
export class Pipeline {
  readonly #place: Place;
  #random: RandomSource | undefined;
  #context: JsonObject | undefined;
  #input: Json | undefined;
  #entry: Scope | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  /** `$` is `input` in JSONPath; `$states` of JSONata always has the state's own input. */
  scope(input: Json, extra: StatesExtra = NO_EXTRA): Scope {
    if (extra !== NO_EXTRA || input !== this.#place.frame.input) return new StateScope(this, this.#place, input, extra);
    this.#entry ??= new StateScope(this, this.#place, input, extra);
    return this.#entry;
  }

  context(): JsonObject {
    const { execution, frame, state, taskToken, item, inspection } = this.#place;
    this.#context ??= inspection?.context ?? contextObject(execution, frame, state, { taskToken, item });
    return this.#context;
  }

  random(): RandomSource {
    this.#random ??= randomSource(this.#place.execution.facts.executionId, this.#place.eventId, 'state');
    return this.#random;
  }

  /** The state's input after InputPath. */
  input(): Json {
    if (this.#input !== undefined) return this.#input;
    const { frame, state } = this.#place;
    const input = 'inputPath' in state ? state.inputPath.evaluate(this.scope(frame.input)) : frame.input;
    this.#input = input;
    this.#note('afterInputPath', input);
    return input;
  }

  /** An expression over the state's input. */
  evaluate(expression: Expression): Json {
    return expression.evaluate(this.scope(this.input()));
  }

  /** A result that stands in the definition: nothing of the input goes into it. */
  literal(result: Expression): Json {
    const value = result.evaluate(this.scope(this.#place.frame.input));
    this.#note('result', value);
    return value;
  }

  /** The result of the work that the state has waited for. */
  noteResult(value: Json): void {
    this.#note('result', value);
  }

  /** The work's payload: Parameters, or the input where there are none. */
  parameters(expression: Expression | null): Json {
    const value = this.limited(expression === null ? this.input() : this.evaluate(expression));
    this.#note(this.#place.state.queryLanguage === 'JSONata' ? 'afterArguments' : 'afterParameters', value);
    return value;
  }

  /** Tells whoever watches what a stage came to. */
  #note(stage: InspectedStage, value: Json): void {
    const { inspection, state } = this.#place;
    if (inspection === null) return;
    // As AWS shows them: JSONata has no paths, and a Parallel's way in is not told.
    const isShown = state.queryLanguage === 'JSONPath' || !JSONPATH_STAGES.has(stage);
    if (isShown && !(state.type === 'Parallel' && WAY_IN.has(stage))) inspection.note(stage, value);
  }

  /** Fails as AWS does where a value of the state is larger than the service allows. */
  limited(value: Json, what: string = this.#place.state.name): Json {
    const { frame, state } = this.#place;
    // A state's input is within the limit already.
    if (value === frame.input) return value;
    // A Pass hands it on, and its text is found again then. Of others it is often written nowhere: it is only made where
    // it may be too long.
    if (state.type !== 'Pass' && jsonLengthWithin(value, SURELY_SMALL_CHARACTERS) !== undefined) return value;
    if (isTooLarge(value)) throw new StatesError('States.DataLimitExceeded', tooLarge(what));
    return value;
  }

  /** From the work's result to the way out. */
  finish(result: Json, resultSelector: Expression | null, resultPath: ReferencePath | null): Outcome {
    const { frame, state } = this.#place;
    if (state.queryLanguage === 'JSONata') return this.leaveWith(result, { result });
    const selected = resultSelector === null ? result : resultSelector.evaluate(this.scope(result));
    this.#note('afterResultSelector', selected);
    const combined = resultPath === null ? frame.input : resultPath.write(frame.input, selected);
    this.#note('afterResultPath', combined);
    const variables = 'assign' in state ? this.variables(state.assign, selected) : null;
    const hasAllOutput = !('outputPath' in state) || state.outputPath.text === '$';
    if (hasAllOutput && resultPath !== null && resultPath.member !== null) {
      noteMemberAdded(frame.input, resultPath.member, selected, combined);
    }
    return this.exit(combined, variables, 'next' in state ? state.next : null);
  }

  /** The way out of a JSONata state: its Output, which stands for `value` where there is none, and its Assign. */
  leaveWith(value: Json, extra: StatesExtra): Outcome {
    const { state } = this.#place;
    const variables = 'assign' in state ? this.variables(state.assign, value, extra) : null;
    const output = 'output' in state ? this.output(state.output, value, extra) : value;
    return { kind: 'exit', output, next: 'next' in state ? state.next : null, variables };
  }

  /** The way out of a state that hands on its input: Choice, Wait, Succeed. */
  handOn(assign: Expression | null, output: Expression | null, next: string | null): Outcome {
    const input = this.input();
    const variables = this.variables(assign, input);
    const { state } = this.#place;
    if (state.queryLanguage === 'JSONata') {
      return { kind: 'exit', output: this.output(output, input), next, variables };
    }
    return this.exit(input, variables, next);
  }

  /** JSONata's Output, or what stands for it. */
  output(output: Expression | null, value: Json, extra: StatesExtra = {}): Json {
    return output === null ? value : output.evaluate(this.scope(value, extra));
  }

  /** The values that an Assign gives to its variables. In JSONPath `$` is the state's result. */
  variables(assign: Expression | null, result: Json, extra: StatesExtra = {}): JsonObject | null {
    if (assign === null) return null;
    const values = assign.evaluate(this.scope(result, extra));
    if (!isObject(values)) throw new StatesError('States.Runtime', 'The Assign field must evaluate to an object.');
    return this.limitedVariables(values);
  }

  private limitedVariables(values: JsonObject): JsonObject {
    if (isTooLarge(values)) throw new StatesError('States.DataLimitExceeded', tooLarge(this.#place.state.name));
    return values;
  }

  private exit(document: Json, variables: JsonObject | null, next: string | null): Outcome {
    const { state } = this.#place;
    const output = 'outputPath' in state ? state.outputPath.evaluate(this.scope(document)) : document;
    return { kind: 'exit', output, next, variables };
  }
}

/** The error of a field with a value that its state has no use for. */
export function unusableValue(state: State, field: string, detail: string): StatesError {
  if (state.queryLanguage === 'JSONata') return new StatesError('States.QueryEvaluationError', detail, field);
  return new StatesError('States.Runtime', detail);
}

/** A character takes six bytes at most, as an escape. */
const SURELY_SMALL_CHARACTERS = MAX_DATA_BYTES / 6;

export function isTooLarge(value: Json): boolean {
  const text = jsonText(value);
  // A UTF-16 unit takes at most three bytes: most values need no second look.
  return text.length * 3 > MAX_DATA_BYTES && utf8Length(text) > MAX_DATA_BYTES;
}

/** `what` is a state's name, a function's or an activity's ARN, or a service's name. */
export function tooLarge(what: string): string {
  return `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`;
}
