/**
 * Carries hints: messages that say "look at execution X". Losing, doubling or reordering them changes latency only, so
 * sending is never awaited and never throws. Adapters: queue-bullmq, queue-postgres, queue-local.
 */
export interface HintQueue {
  /** To whichever worker is free. */
  send(executionIds: readonly string[]): void;
  /** To the worker that owns these executions; a worker that is gone hears nothing. */
  sendToWorker(workerId: string, executionIds: readonly string[]): void;
  /** Receives hints until the subscription is closed. */
  consume(consumer: HintConsumer): Promise<Subscription>;
  /** Tells every listener of a topic, in every process. */
  announce(topic: Topic, payload: string): void;
  listen(topic: Topic, listener: (payload: string) => void): Promise<Subscription>;
  health(): Promise<QueueHealth>;
  close(): Promise<void>;
}

/**
 * `wake`: a run was parked with a wake_at (payload: milliseconds since the epoch) that a sleeping scheduler may not
 * know. `activity`: a task was scheduled on the activity whose ARN is the payload. `limiter`: the limiter whose ARN is the
 * payload was changed.
 */
export type Topic = 'wake' | 'activity' | 'limiter';

export interface HintConsumer {
  readonly workerId: string;
  /** How many more executions the worker wants now; 0 pauses delivery from the shared queue. */
  capacity(): number;
  /** From the shared queue. A hint counts as delivered as soon as this resolves; it must not wait for the execution. */
  onHints(executionIds: readonly string[]): Promise<void>;
  /** From the worker's own channel; never held back by capacity. */
  onOwnHints(executionIds: readonly string[]): void;
}

export interface Subscription {
  /** After it resolves, nothing more is delivered. */
  close(): Promise<void>;
}

export interface QueueHealth {
  readonly healthy: boolean;
  /** Hints waiting, where the adapter can tell. */
  readonly depth?: number;
  /** Why it is not healthy, for people. */
  readonly reason?: string;
}
