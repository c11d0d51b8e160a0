import { constants } from 'node:os';

/** Of an answer, and of a synchronous call's payload: AWS's 6 MB, which are a little more for answers. */
export const MAX_PAYLOAD_BYTES = 6 * 1_048_576;
export const MAX_ANSWER_BYTES = MAX_PAYLOAD_BYTES + 100;

/** What an invocation came to. */
export interface Outcome {
  readonly ok: boolean;
  /** JSON text: the result, or errorType and errorMessage. */
  readonly payload: string;
}

/** A failure that the host reports, in the words of Lambda itself. */
export function failed(errorType: string, errorMessage: string): Outcome {
  return { ok: false, payload: JSON.stringify({ errorType, errorMessage }) };
}

export function timedOut(requestId: string, seconds: number): Outcome {
  return failed(
    'Sandbox.Timedout',
    `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`,
  );
}

export function answerTooLarge(): Outcome {
  const text = `Response payload size exceeded maximum allowed payload size (${MAX_ANSWER_BYTES} bytes).`;
  return failed('Function.ResponseSizeTooLarge', text);
}

/** How a process ended that should not have. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Ended by the host because of its memory. */
  readonly outOfMemory: boolean;
  /** It could not be started at all. */
  readonly startError: NodeJS.ErrnoException | null;
}

export function exited(requestId: string, exit: ProcessExit): Outcome {
  const { code, signal, outOfMemory, startError } = exit;
  const say = (type: string, text: string): Outcome => failed(type, `RequestId: ${requestId} Error: ${text}`);
  if (startError !== null) return say('Runtime.InvalidEntrypoint', describeStartError(startError));
  if (outOfMemory) return say('Runtime.OutOfMemory', 'Runtime exited with error: signal: killed');
  if (signal !== null) return say('Runtime.ExitError', `Runtime exited with error: signal: ${signalText(signal)}`);
  if (code === 0) return say('Runtime.ExitError', 'Runtime exited without providing a reason');
  return say('Runtime.ExitError', `Runtime exited with error: exit status ${code ?? 1}`);
}

function describeStartError({ code, path = '' }: NodeJS.ErrnoException): string {
  const reason = code === 'ENOENT' ? 'no such file or directory' : code === 'EACCES' ? 'permission denied' : code;
  return `fork/exec ${path}: ${reason ?? 'unknown'}`;
}

const SIGNAL_TEXTS: ReadonlyMap<string, string> = new Map([
  ['SIGABRT', 'aborted'],
  ['SIGBUS', 'bus error'],
  ['SIGFPE', 'floating point exception'],
  ['SIGHUP', 'hangup'],
  ['SIGILL', 'illegal instruction'],
  ['SIGINT', 'interrupt'],
  ['SIGKILL', 'killed'],
  ['SIGPIPE', 'broken pipe'],
  ['SIGSEGV', 'segmentation fault'],
  ['SIGTERM', 'terminated'],
  ['SIGTRAP', 'trace/breakpoint trap'],
]);

function signalText(signal: NodeJS.Signals): string {
  return SIGNAL_TEXTS.get(signal) ?? `signal ${constants.signals[signal]}`;
}
