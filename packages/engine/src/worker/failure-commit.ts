import { type HistoryEvent, type JsonObject, isObject, jsonText, parseJson } from '@everstep/language';
import { endArrivals } from '../child-result.ts';
import type { ClaimedRun, RunCommit } from '../ports/run-store.ts';

/**
 * Ends an execution that the interpreter cannot advance: the definition does not compile here, its data cannot be
 * stored, or a promise of the code was broken. It fails with a clear cause instead of being claimed for ever.
 */
export function failureCommit(run: ClaimedRun, message: string, now: number, nameReuseMs: number): RunCommit {
  const head = parseJson(run.checkpoint);
  const lastEventId = isObject(head) && typeof head['lastEventId'] === 'number' ? head['lastEventId'] : 0;
  const lastEventTime = isObject(head) && typeof head['lastEventTime'] === 'number' ? head['lastEventTime'] : 0;
  const at = Math.max(now, lastEventTime);
  const error = 'States.Runtime';
  const cause = `This execution cannot go on: ${message}`;
  const event: HistoryEvent = {
    id: lastEventId + 1,
    previousEventId: lastEventId,
    timestamp: at,
    type: 'ExecutionFailed',
    executionFailedEventDetails: { error, cause },
  };
  const { execution } = run;
  const end = { type: 'EndExecution', status: 'FAILED', error, cause } as const;
  return {
    executionId: execution.executionId,
    epoch: run.epoch,
    consumed: run.inbox.at(-1)?.number ?? run.consumed,
    checkpoint: isObject(head) ? endedCheckpoint(head, event) : run.checkpoint,
    format: run.format,
    frames: { written: [], deleted: [] },
    history: { firstEventId: event.id, lastEventId: event.id, events: JSON.stringify([event]) },
    tokens: { opened: [], closed: [] },
    limits: { opened: [], closed: 'all' },
    arrivals: endArrivals(execution, end, at),
    then: { kind: 'end', status: 'FAILED', stopDate: at, output: null, error, cause, reusableAt: at + nameReuseMs },
  };
}

/** A redrive goes on from here. */
function endedCheckpoint(head: JsonObject, { id, timestamp }: HistoryEvent): string {
  return jsonText({ ...head, status: 'FAILED', lastEventId: id, lastEventTime: timestamp, timeoutAt: null });
}
