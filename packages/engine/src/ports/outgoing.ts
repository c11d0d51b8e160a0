/** One HTTP request to an address that comes from a state's data, from a connection or from whoever registers a hook. */
export interface OutgoingRequest {
  readonly method: string;
  /** `http:` or `https:`, without user and password. */
  readonly url: URL;
  /** In the order in which they are sent; Host and Content-Length come by themselves unless they are here. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  /** null: none. */
  readonly body: string | null;
  /** What of an answer's body is read at most. */
  readonly maxAnswerBytes: number;
  /** Ends the call, wherever it is: each caller brings its own limit of time. */
  readonly signal: AbortSignal;
}

/** An answer of any status; a redirect is one like the others. */
export interface OutgoingAnswer {
  readonly statusCode: number;
  /** As the server said it, else the usual words of the status. */
  readonly statusText: string;
  /** As they came: in their order, with their spelling, each as often as it was there. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: Buffer;
}

/**
 * The one way out for calls whose address somebody else chose. It keeps the installation's policy about where such calls
 * may go, on the address that is really connected to, and follows no redirect.
 * Throws OutgoingRefusedError, OutgoingTooLargeError, OutgoingFailedError.
 */
export interface Outgoing {
  request(request: OutgoingRequest): Promise<OutgoingAnswer>;
}

/** The policy does not let a call go there. Nothing was sent. */
export class OutgoingRefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OutgoingRefusedError';
  }
}

/** The answer has more bytes than the caller takes. */
export class OutgoingTooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`the answer has more than ${maxBytes} bytes`);
    this.name = 'OutgoingTooLargeError';
  }
}

/** Why there is no answer: the name has no address, nobody listens, no trust, the way broke, the signal ended it. */
export type OutgoingFailure = 'unresolved' | 'unreachable' | 'untrusted' | 'broken' | 'aborted';

export class OutgoingFailedError extends Error {
  readonly reason: OutgoingFailure;

  constructor(reason: OutgoingFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutgoingFailedError';
    this.reason = reason;
  }
}
