/** Where the log of a state machine's executions goes. */
export interface ExecutionLogTarget {
  readonly stateMachineArn: string;
  /** As loggingConfiguration names it: `arn:aws:logs:<region>:<account>:log-group:<name>:*`. */
  readonly logGroupArn: string;
}

export interface ExecutionLogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** JSON text on one line, as CloudWatch Logs gets it from AWS. */
  readonly message: string;
}

/**
 * Takes the events that loggingConfiguration asks for, those of one execution in their order. Delivery is best effort, as
 * AWS's is: it never holds up an execution and never fails one, and what cannot be delivered within bounded memory is
 * dropped and told.
 */
export interface ExecutionLog {
  /** Returns at once and never throws. */
  write(target: ExecutionLogTarget, events: readonly ExecutionLogEvent[]): void;
  /** Delivers what is waiting, for so long at most. */
  close(timeoutMs: number): Promise<void>;
}
