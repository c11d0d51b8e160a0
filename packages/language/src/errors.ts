/**
 * Workflow errors are values `{ Error, Cause }` in AWS's words. Inside an evaluation they travel as a thrown
 * {@link StatesError}, which the data pipeline catches at the state's edge and turns into the value.
 * See https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export interface WorkflowError {
  readonly error?: string;
  readonly cause?: string;
}

/** The error's members alone; an absent one stays absent. */
export function errorOf(from: {
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}): WorkflowError {
  return {
    ...(from.error === undefined ? {} : { error: from.error }),
    ...(from.cause === undefined ? {} : { cause: from.cause }),
  };
}

export type StatesErrorName =
  | 'States.ALL'
  | 'States.BranchFailed'
  | 'States.DataLimitExceeded'
  | 'States.ExceedToleratedFailureThreshold'
  | 'States.HeartbeatTimeout'
  | 'States.IntrinsicFailure'
  | 'States.ItemReaderFailed'
  | 'States.NoChoiceMatched'
  | 'States.ParameterPathFailure'
  | 'States.Permissions'
  | 'States.QueryEvaluationError'
  | 'States.ResultPathMatchFailure'
  | 'States.ResultWriterFailed'
  | 'States.Runtime'
  | 'States.TaskFailed'
  | 'States.Timeout';

export class StatesError extends Error {
  readonly error: StatesErrorName;
  /** Without the prefix "An error occurred while executing the state …", which the state adds. */
  readonly detail: string;
  /** The field of the state in which an evaluation failed, as its EvaluationFailed event names it: `Output/result`. */
  readonly location: string | undefined;
  constructor(error: StatesErrorName, detail: string, location?: string) {
    super(`${error}: ${detail}`);
    this.name = 'StatesError';
    this.error = error;
    this.detail = detail;
    this.location = location;
  }
}

/** An expression (path, template, intrinsic) could not be compiled. `offset` counts UTF-16 units into `text`. */
export class ExpressionSyntaxError extends Error {
  readonly text: string;
  readonly offset: number | undefined;
  constructor(message: string, text: string, offset?: number) {
    super(message);
    this.name = 'ExpressionSyntaxError';
    this.text = text;
    this.offset = offset;
  }
}

/** A promise of the code itself was broken: says what and where, never shown to a user as a stack trace. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(`invariant broken: ${message}`);
    this.name = 'InvariantError';
  }
}

/** The message comes in pieces: put together by whoever asks, it would cost more than the question. */
export function invariant(condition: unknown, ...message: readonly (string | number)[]): asserts condition {
  if (!condition) throw new InvariantError(message.join(' '));
}
