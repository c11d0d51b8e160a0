import { createHash } from 'node:crypto';
import type { ExecutionRecord } from '@everstep/engine';
import { ApiError, epochSeconds, machineTarget } from '@everstep/protocol';
import { admit } from '../admission.ts';
import type { ApiContext } from '../api-context.ts';
import { findExecution } from '../find-execution.ts';
import { onTheWire, readHistoryPage, withoutLargeData } from '../history-wire.ts';
import type { EventStream } from './event-stream.ts';

/** How often an execution is looked at: often while something happens. In milliseconds. */
const FIRST_LOOK_MS = 200;
const SLOWEST_LOOK_MS = 2_000;
const GROWTH = 1.3;
/** How often a list is looked at. */
const LIST_LOOK_MS = 1_000;
const EVENTS_AT_ONCE = 500;
/** The newest executions, whose changes a list is told of. */
const LIST_WATCHED = 100;
/** Streams of one process; further ones are refused, and the page asks from time to time instead. */
export const MAX_STREAMS = 500;

export interface Watched {
  readonly context: ApiContext;
  readonly stream: EventStream;
  /** Asks again, from time to time, whether the caller may still look. Throws an ApiError where not. */
  readonly check: () => Promise<void>;
}

/** What a stream is about, as its address says. */
export interface StreamSubject {
  readonly executionArn: string | null;
  readonly stateMachineArn: string | null;
  /** The events up to this one are known. */
  readonly after: number;
}

/** Errors: ValidationException. */
export function subjectOf(query: URLSearchParams, lastEventId: string | undefined): StreamSubject {
  const after = Number(lastEventId ?? query.get('after') ?? 0);
  if (!Number.isSafeInteger(after) || after < 0) {
    throw new ApiError('ValidationException', `'${query.get('after') ?? ''}' is not the id of an event.`);
  }
  return { executionArn: query.get('executionArn'), stateMachineArn: query.get('stateMachineArn'), after };
}

/** Whether the caller may look at it. Errors: AccessDeniedException, ExecutionDoesNotExist, StateMachineDoesNotExist. */
export async function admitStream(
  context: ApiContext,
  { executionArn, stateMachineArn }: StreamSubject,
): Promise<void> {
  if (executionArn !== null) {
    await admit(context, 'GetHistoryEvents', { executionArn }, {});
    await findExecution(context.engine.store, executionArn);
    return;
  }
  await admit(context, 'SearchExecutions', stateMachineArn === null ? {} : { stateMachineArn }, {});
}

/** Tells an execution's events and its status as they come; ends when the execution has, and everything was told. */
export async function streamExecution(watched: Watched, executionArn: string, after: number): Promise<void> {
  const { context, stream, check } = watched;
  const { store, clock } = context.engine;
  const signal = AbortSignal.any([context.signal(), stream.gone]);
  let from = after + 1;
  let lookMs = FIRST_LOOK_MS;
  let told = '';
  while (!signal.aborted) {
    await check();
    // Asked before the history: an execution that has ended by now has all its events.
    const execution = await findExecution(store, executionArn);
    const { executionId } = execution;
    const { events } = await readHistoryPage(store, { executionId, reverse: false, from, limit: EVENTS_AT_ONCE });
    const last = events.at(-1);
    if (last !== undefined) {
      from = last.id + 1;
      lookMs = FIRST_LOOK_MS;
      await stream.send('events', { events: events.map((event) => withoutLargeData(onTheWire(event))) }, `${last.id}`);
      if (events.length === EVENTS_AT_ONCE) continue;
    }
    const status = statusOf(execution);
    const text = JSON.stringify(status);
    if (text !== told) await stream.send('status', status);
    told = text;
    if (execution.stopDate !== null) {
      await stream.send('end', {});
      return;
    }
    await clock.sleep(lookMs, signal);
    lookMs = Math.min(lookMs * GROWTH, SLOWEST_LOOK_MS);
  }
}

function statusOf({ status, startDate, stopDate, redriveCount, redriveDate }: ExecutionRecord): object {
  return {
    status,
    startDate: epochSeconds(startDate),
    ...(stopDate === null ? {} : { stopDate: epochSeconds(stopDate) }),
    redriveCount,
    ...(redriveDate === null ? {} : { redriveDate: epochSeconds(redriveDate) }),
  };
}

/** Tells that a list has changed: something started, or one of the newest executions ended. */
export async function streamList(watched: Watched, stateMachineArn: string | null): Promise<void> {
  const { context, stream, check } = watched;
  const { store, clock, settings } = context.engine;
  const { region, accountId } = settings;
  const signal = AbortSignal.any([context.signal(), stream.gone]);
  const machine = stateMachineArn === null ? undefined : machineTarget(stateMachineArn);
  let told: string | null = null;
  while (!signal.aborted) {
    await check();
    const newest = await store.searchExecutions({
      ...{ region, accountId, limit: LIST_WATCHED },
      ...(machine === undefined ? {} : { machine: { stateMachineArn: machine.stateMachineArn } }),
    });
    const digest = createHash('sha256');
    for (const { executionId, status, redriveCount } of newest)
      digest.update(`${executionId} ${status} ${redriveCount}\n`);
    const seen = digest.digest('base64url').slice(0, 16);
    if (seen !== told) await stream.send('changed', { digest: seen });
    told = seen;
    await clock.sleep(LIST_LOOK_MS, signal);
  }
}
