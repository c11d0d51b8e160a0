/** Calls Lambda-compatible functions: the local host's, or those behind an endpoint. */
export interface FunctionInvoker {
  /** Throws {@link FunctionServiceError} where the service refuses; a function's own failure is a result. */
  invoke(invocation: FunctionInvocation): Promise<FunctionAnswer>;
  close(): Promise<void>;
}

export interface FunctionInvocation {
  /** A name, a partial or a whole ARN, with or without a version or alias. */
  readonly functionName: string;
  readonly qualifier?: string;
  /** JSON text. */
  readonly payload: string;
  readonly invocationType: 'RequestResponse' | 'Event' | 'DryRun';
  /** The client context as the function sees it; `custom` holds the attempt's idempotency key. */
  readonly clientContext?: FunctionClientContext;
  /** Absent where no execution calls it. */
  readonly executionArn?: string;
  /** The X-Amzn-Trace-Id of the caller. */
  readonly traceId?: string;
  /** Whether the answer brings the end of the log, as LogType Tail asks for it. */
  readonly logTail?: boolean;
  readonly signal: AbortSignal;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html: up to 3,583 bytes of base64. */
export interface FunctionClientContext {
  readonly custom?: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}

export interface FunctionAnswer {
  readonly statusCode: number;
  readonly executedVersion: string;
  readonly requestId: string;
  /** JSON text; empty with InvocationType Event. */
  readonly payload: string;
  /** `Handled` or `Unhandled` where the function failed; then the payload tells errorType and errorMessage. */
  readonly functionError?: string;
  readonly traceId?: string;
  /** The last 4 KB of the log, where they were asked for. */
  readonly logResult?: string;
}

/** The service refused the call: an unknown function, too many requests, no answer. */
export class FunctionServiceError extends Error {
  /** As AWS names it, without a service prefix: `ResourceNotFoundException`. */
  readonly code: string;
  readonly statusCode: number;
  readonly requestId: string;
  constructor(code: string, statusCode: number, requestId: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = code;
    this.code = code;
    this.statusCode = statusCode;
    this.requestId = requestId;
  }
}
