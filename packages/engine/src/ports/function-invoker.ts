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
  readonly clientContext: { readonly custom: Readonly<Record<string, string>> };
  readonly executionArn: string;
  readonly signal: AbortSignal;
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
