/**
 * The names of what is logged, in one place, so that a search for one execution finds every line about it, whichever
 * process wrote it.
 */
export interface LogFields {
  readonly executionArn?: string;
  readonly executionId?: string;
  readonly stateMachineArn?: string;
  readonly stateName?: string;
  readonly taskId?: number;
  /** Stable over repetitions of one attempt. */
  readonly attemptId?: string;
  readonly activityArn?: string;
  /** One request to the API; the client has it as x-amzn-RequestId. */
  readonly requestId?: string;
  /** An operation's name: `StartExecution`. */
  readonly operation?: string;
  readonly workerId?: string;
  /** A scheduler's duty. */
  readonly duty?: string;
  /** A resource as a Task names it. */
  readonly resource?: string;
  readonly durationMs?: number;
  readonly count?: number;
  /** Why, for people, where there is no error object. */
  readonly reason?: string;
  /** pino's name for an error; it is written with its stack and causes. */
  readonly err?: unknown;
}

/** Never written, at whatever depth up to three objects they stand. */
export const secretFields = [
  'token',
  'taskToken',
  'secret',
  'secretAccessKey',
  'secretKey',
  'sessionToken',
  'authorization',
  'Authorization',
  'cookie',
  'password',
  'connectionString',
  'redisUrl',
  'databaseUrl',
] as const;
