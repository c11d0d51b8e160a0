import { StatesError } from './errors.ts';
import type { Frame, Waiting } from './execution-state.ts';
import type { Inspection } from './inspection.ts';
import type { Json, JsonObject } from './json.ts';
import { MAX_CAUSE_CHARACTERS, MAX_LOCATION_CHARACTERS } from './limits.ts';

/** A workflow error on its way: what Retry and Catch look at. */
export interface Failure {
  readonly error?: string;
  readonly cause?: string;
  /** The missed deadline was the heartbeat's: `States.HeartbeatTimeout` names it too. */
  readonly heartbeat?: boolean;
  /** How long the service asked to be left alone. */
  readonly retryAfterMs?: number;
}

/** What working on a state came to. The driver in step.ts acts on it. */
export type Outcome =
  | { readonly kind: 'wait'; readonly waiting: Waiting }
  /** The work is done; its result still goes through the data pipeline. */
  | { readonly kind: 'result'; readonly value: Json }
  /** The state is left. `variables` were assigned on the way. */
  | {
      readonly kind: 'exit';
      readonly output: Json;
      readonly next: string | null;
      readonly variables: JsonObject | null;
      /** Left through a Catch: what fails now is not caught a second time. */
      readonly caught?: boolean;
    }
  /** `child` is the branch or iteration that failed; `final` passes Retry and Catch by. */
  | {
      readonly kind: 'fail';
      readonly failure: Failure;
      readonly child?: Frame;
      readonly final?: boolean;
      /** A JSONata field could not be evaluated: history tells it in an event of its own. */
      readonly evaluation?: Evaluation;
    };

export interface Evaluation {
  /** The field, `Output/result`; undefined where none is to blame. */
  readonly location: string | undefined;
  /** The expression itself gave a value; it is the work that could not use it. */
  readonly atWork: boolean;
}

interface Inspected {
  readonly inspection: Inspection | null;
}

/** Does a piece of a state's work; a workflow error thrown in it becomes the outcome, in AWS's words. */
export function attempt(run: Inspected, frame: Frame, final: boolean, work: () => Outcome): Outcome {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof StatesError)) throw error;
    const failed = { kind: 'fail', failure: failureOf(run, frame, error), final } as const;
    if (error.error !== 'States.QueryEvaluationError') return failed;
    return {
      ...failed,
      evaluation: {
        location: error.location?.slice(0, MAX_LOCATION_CHARACTERS),
        atWork: error instanceof UnusableValueError,
      },
    };
  }
}

/** A field's value that the state's work could not use, found after the state was entered. */
export class UnusableValueError extends StatesError {}

function failureOf({ inspection }: Inspected, frame: Frame, error: StatesError): Failure {
  // This one error names its state itself.
  if (error.error === 'States.DataLimitExceeded') return { error: error.error, cause: error.detail };
  // A state that is stepped through by itself has no place in a history.
  if (inspection !== null) return { error: error.error, cause: error.detail.slice(0, MAX_CAUSE_CHARACTERS) };
  // What does not fit is cut off: a text may quote a whole input.
  const place = `the state '${frame.state}' (entered at the event id #${frame.enteredEventId})`;
  const cause = `An error occurred while executing ${place}. ${error.detail}`;
  return { error: error.error, cause: cause.slice(0, MAX_CAUSE_CHARACTERS) };
}
