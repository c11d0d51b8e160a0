/** What AWS's error names mean, and what to look at: for somebody who meets one for the first time. */
const MEANINGS: Readonly<Record<string, string>> = {
  'States.Timeout': 'It took longer than TimeoutSeconds, or sent no heartbeat within HeartbeatSeconds.',
  'States.HeartbeatTimeout': 'The task sent no heartbeat within HeartbeatSeconds: its worker may have died.',
  'States.TaskFailed': 'The task failed. Its own error is in the cause.',
  'States.Runtime':
    'The state could not be run with this data: a path, a template or a reference leads nowhere. Retry and Catch by States.ALL do not take it.',
  'States.Permissions': 'The task was not allowed to do what it should.',
  'States.ResultPathMatchFailure': 'ResultPath points into something that is no object in the state’s input.',
  'States.ParameterPathFailure': 'A path within Parameters, ResultSelector or ItemSelector finds nothing in the data.',
  'States.BranchFailed': 'A branch of the Parallel failed.',
  'States.NoChoiceMatched': 'No rule of the Choice fits the input, and there is no Default.',
  'States.IntrinsicFailure': 'An intrinsic function was given something it does not take.',
  'States.ExceedToleratedFailureThreshold': 'More items of the Map failed than it tolerates.',
  'States.ItemReaderFailed': 'The Map could not read its items.',
  'States.ResultWriterFailed': 'The Map could not write its results.',
  'States.QueryEvaluationError': 'A JSONata expression could not be evaluated with this data.',
  'States.DataLimitExceeded': 'Input or output is larger than 256 KiB.',
  'Lambda.ResourceNotFoundException':
    'There is no function of this name: neither in the functions folder nor at the Lambda endpoint.',
  'Lambda.Unknown': 'The function ended without an answer, out of memory or killed.',
};

export function meaningOf(error: string): string | null {
  return MEANINGS[error] ?? null;
}

export interface ReadableCause {
  readonly message: string;
  /** Where the code threw it. */
  readonly trace: readonly string[];
}

const LONGEST_TRACE = 12;

/** A function's failure is JSON with its message and stack; whatever else a cause is, is taken as text. */
export function readCause(cause: string): ReadableCause {
  if (cause.startsWith('{')) {
    try {
      const { errorMessage, trace, stackTrace }: Record<string, unknown> = JSON.parse(cause);
      if (typeof errorMessage === 'string') return { message: errorMessage, trace: linesOf(trace ?? stackTrace) };
    } catch {
      return { message: cause, trace: [] };
    }
  }
  return { message: cause, trace: [] };
}

function linesOf(trace: unknown): string[] {
  if (!Array.isArray(trace)) return [];
  return trace.filter((line) => typeof line === 'string').slice(0, LONGEST_TRACE);
}
