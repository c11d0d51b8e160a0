import { setTimeout as pause } from 'node:timers/promises';
import type { DescribeExecutionCommandOutput, HistoryEvent } from '@aws-sdk/client-sfn';
import type { Connection } from './connection.ts';
import { eventsAfter } from './history.ts';

/** How often a running execution is looked at: often at first, for most end soon. */
const FIRST_LOOK_MS = 100;
const SLOWEST_LOOK_MS = 2_000;
const GROWTH = 1.3;

export interface FollowOptions {
  /** Events up to this one are known. */
  readonly afterId?: number;
  onEvents(events: readonly HistoryEvent[]): void;
  /** After each look at an execution that runs on. */
  onLook?(execution: DescribeExecutionCommandOutput): void;
  /** When to give up, in milliseconds from now. */
  readonly timeoutMs?: number;
}

/** Follows an execution to its end; null: it still ran when the time was over. */
export async function followExecution(
  connection: Connection,
  executionArn: string,
  options: FollowOptions,
): Promise<DescribeExecutionCommandOutput | null> {
  const { sdk, client } = connection;
  const until = options.timeoutMs === undefined ? Infinity : performance.now() + options.timeoutMs;
  let afterId = options.afterId ?? 0;
  let lookMs = FIRST_LOOK_MS;
  for (;;) {
    // Asked before the history: an execution that has ended by now has all its events.
    const execution = await client.send(new sdk.DescribeExecutionCommand({ executionArn }));
    const events = await eventsAfter(connection, executionArn, { afterId });
    if (events.length > 0) {
      afterId = events.at(-1)?.id ?? afterId;
      lookMs = FIRST_LOOK_MS;
      options.onEvents(events);
    }
    if (execution.status !== 'RUNNING' && execution.status !== 'PENDING_REDRIVE') return execution;
    if (performance.now() >= until) return null;
    options.onLook?.(execution);
    await pause(Math.min(lookMs, until - performance.now()));
    lookMs = Math.min(lookMs * GROWTH, SLOWEST_LOOK_MS);
  }
}
