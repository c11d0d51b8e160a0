import { type StartingItem, contextObject } from '../context-object.ts';
import type { Expression, ReferencePath, Scope } from '../data/expression.ts';
import { StatesError } from '../errors.ts';
import type { ExecutionState, Frame } from '../execution-state.ts';
import { variableOf } from '../frames.ts';
import { type Json, type JsonObject, isObject, jsonText, utf8Length } from '../json.ts';
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
}

/**
 * The data pipeline of one state: InputPath, Parameters, (the work), ResultSelector, ResultPath, Assign, OutputPath.
 * All expressions see the variables as they were on entry; what is costly to build is built when first looked at.
 */
export class Pipeline {
  readonly #place: Place;
  readonly #random: Scope['random'];
  #context: JsonObject | undefined;
  #input: Json | undefined;

  constructor(place: Place) {
    this.#place = place;
    this.#random = randomSource(place.execution.facts.executionId, place.eventId, 'state');
  }

  scope(input: Json): Scope {
    const { execution, frame, state, taskToken, item } = this.#place;
    const context = (): JsonObject => {
      this.#context ??= contextObject(execution, frame, state, { taskToken, item });
      return this.#context;
    };
    return {
      input,
      get context() {
        return context();
      },
      variable: (name) => variableOf(execution, frame, name),
      random: this.#random,
    };
  }

  /** The state's input after InputPath. */
  input(): Json {
    const { frame, state } = this.#place;
    if (!('inputPath' in state)) return frame.input;
    this.#input ??= state.inputPath.evaluate(this.scope(frame.input));
    return this.#input;
  }

  /** An expression over the state's input. */
  evaluate(expression: Expression): Json {
    return expression.evaluate(this.scope(this.input()));
  }

  /** The work's payload: Parameters, or the input where there are none. */
  parameters(expression: Expression | null): Json {
    return this.limited(expression === null ? this.input() : this.evaluate(expression));
  }

  /** Fails as AWS does where a value of the state is larger than the service allows. */
  limited(value: Json, what: string = this.#place.state.name): Json {
    if (isTooLarge(value)) throw new StatesError('States.DataLimitExceeded', tooLarge(what));
    return value;
  }

  /** From the work's result to the way out. */
  finish(result: Json, resultSelector: Expression | null, resultPath: ReferencePath | null): Outcome {
    const { frame, state } = this.#place;
    const selected = resultSelector === null ? result : resultSelector.evaluate(this.scope(result));
    const combined = resultPath === null ? frame.input : resultPath.write(frame.input, selected);
    const variables = 'assign' in state ? this.variables(state.assign, selected) : null;
    return this.exit(combined, selected, variables, 'next' in state ? state.next : null);
  }

  /** The way out of a state that hands on its input: Choice, Wait, Succeed. */
  handOn(assign: Expression | null, next: string | null): Outcome {
    const input = this.input();
    return this.exit(input, input, this.variables(assign, input), next);
  }

  /** The values that an Assign gives to its variables. `$` is the state's result. */
  variables(assign: Expression | null, result: Json): JsonObject | null {
    if (assign === null) return null;
    const values = assign.evaluate(this.scope(result));
    if (!isObject(values)) throw new StatesError('States.Runtime', 'The Assign field must evaluate to an object.');
    return this.limitedVariables(values);
  }

  private limitedVariables(values: JsonObject): JsonObject {
    if (isTooLarge(values)) throw new StatesError('States.DataLimitExceeded', tooLarge(this.#place.state.name));
    return values;
  }

  private exit(document: Json, result: Json, variables: JsonObject | null, next: string | null): Outcome {
    const { state } = this.#place;
    let output = document;
    if ('output' in state && state.output !== null) output = state.output.evaluate(this.scope(result));
    else if ('outputPath' in state) output = state.outputPath.evaluate(this.scope(document));
    return { kind: 'exit', output, next, variables };
  }
}

export function isTooLarge(value: Json): boolean {
  const text = jsonText(value);
  // A UTF-16 unit takes at most three bytes: most values need no second look.
  return text.length * 3 > MAX_DATA_BYTES && utf8Length(text) > MAX_DATA_BYTES;
}

/** `what` is a state's name, a function's or an activity's ARN, or a service's name. */
export function tooLarge(what: string): string {
  return `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`;
}
