import {
  type ExecutionHead,
  type HistoryEvent,
  type JsonObject,
  CHECKPOINT_FORMAT,
  NO_MACHINE,
  failExecution,
  isObject,
  jsonText,
  loadOpenWork,
  parseJson,
} from '@everstep/language';
import type { EngineContext } from '../context.ts';
import { type LogPlan, logPlanOf } from '../execution-logging.ts';
import type { UnwantedJob } from '../job-stops.ts';
import { PendingCommit } from '../pending-commit.ts';
import type { ClaimedRun, RunCommit } from '../ports/run-store.ts';
import type { Store } from '../ports/store.ts';
import { executionFacts } from '../run-image.ts';
import { stopsByRows } from '../stop-arrivals.ts';

/** The end of an execution that cannot go on. */
export interface ExecutionFailure {
  readonly commit: RunCommit;
  readonly history: readonly HistoryEvent[];
  /** To be stopped once it is committed. */
  readonly jobs: readonly UnwantedJob[];
  /** What is logged of it; null: nothing. */
  readonly logging: LogPlan | null;
}

/**
 * Ends an execution that the interpreter cannot advance: the definition does not compile here, its data cannot be
 * stored or read, a promise of the code was broken, or it ends its process. It fails with a clear cause instead of being
 * claimed for ever, and what it has begun is stopped as at any other end. Nothing of its machine or its data is used: what
 * it waits for is read of its records, as far as they can be, and what those do not tell is found by rows of its own.
 */
export async function failureOf(context: EngineContext, run: ClaimedRun, message: string): Promise<ExecutionFailure> {
  const { store, clock, logger, settings } = context;
  const { execution, epoch, checkpoint, format, frames } = run;
  const { executionId, executionArn, redriveCount } = execution;
  // The revision alone: that it cannot be compiled may be why the execution fails.
  const revision = await store.findRevision(execution.revisionId);
  const facts = executionFacts(context, execution, { roleArn: revision?.roleArn ?? '', tokenKey: '' });
  const head = objectOf(checkpoint);
  const work = loadOpenWork(facts, { checkpoint, format, records: frames }, await unknownHead(store, run, head));
  const state = work.execution;
  const isWhole = work.isWhole && run.unreadable === undefined;
  const now = clock.now();
  const pending = new PendingCommit();
  const cause = `This execution cannot go on: ${message}`;
  pending.add(failExecution(state, { at: now, redriveCount, error: 'States.Runtime', cause }));
  const consumed = run.inbox.at(-1)?.number ?? run.consumed;
  const built = pending.build({ execution, machine: NO_MACHINE, state, epoch, consumed, stay: false, now, settings });
  const told = new Set(built.arrivals.map((arrival) => arrival.executionId));
  const others = isWhole ? [] : await stopsByRows(store, executionId, now);
  if (!isWhole) {
    logger.warn({ executionArn }, 'an execution that fails cannot be read: jobs that it has started are not stopped');
  }
  return {
    commit: {
      ...built,
      // A redrive goes on from the records as they are.
      ...{ checkpoint: head === null ? checkpoint : endedCheckpoint(head, state.head), format },
      frames: { written: [], deleted: [] },
      // All of them go with the run, also those that could not be read.
      ...{ tokens: { opened: [], closed: [] }, limits: { opened: [], closed: 'all' } },
      arrivals: [...built.arrivals, ...others.filter((arrival) => !told.has(arrival.executionId))],
    },
    history: pending.history,
    jobs: pending.unwantedJobs,
    logging: revision === null ? null : logPlanOf(revision),
  };
}

/** Where the head cannot be read: where its history has come to, and whether it has begun. */
async function unknownHead(
  store: Pick<Store, 'readHistory'>,
  { execution, consumed }: ClaimedRun,
  head: JsonObject | null,
): Promise<ExecutionHead> {
  const { executionId, startDate, redriveCount } = execution;
  // The first that arrives at it is its Start, or its Redrive.
  const hasBegun = consumed > 0;
  const last = shownEvent(head) ?? (await lastEvent(store, executionId));
  return {
    ...{ format: CHECKPOINT_FORMAT, status: hasBegun || redriveCount === 0 ? 'RUNNING' : 'FAILED' },
    ...{ lastEventId: last?.id ?? 0, lastEventTime: last?.timestamp ?? startDate },
    ...{ timeoutAt: null, redriveCount: hasBegun ? redriveCount : Math.max(0, redriveCount - 1), stateTransitions: 0 },
  };
}

type LastEvent = Pick<HistoryEvent, 'id' | 'timestamp'>;

/** A checkpoint that is sealed shows it. */
function shownEvent(head: JsonObject | null): LastEvent | null {
  const { lastEventId, lastEventTime } = head ?? {};
  return typeof lastEventId === 'number' && typeof lastEventTime === 'number'
    ? { id: lastEventId, timestamp: lastEventTime }
    : null;
}

async function lastEvent(store: Pick<Store, 'readHistory'>, executionId: string): Promise<LastEvent | null> {
  const [text] = await store.readHistory({ executionId, limit: 1, reverse: true });
  if (text === undefined) return null;
  const event: HistoryEvent = JSON.parse(text);
  return event;
}

/** null: it is no object, or no JSON at all. */
function objectOf(checkpoint: string): JsonObject | null {
  try {
    const head = parseJson(checkpoint);
    return isObject(head) ? head : null;
  } catch {
    return null;
  }
}

function endedCheckpoint(stored: JsonObject, head: ExecutionHead): string {
  const { status, lastEventId, lastEventTime, redriveCount, redriveTime } = head;
  const shown = { status, lastEventId, lastEventTime, timeoutAt: null, redriveCount };
  return jsonText({ ...stored, ...shown, ...(redriveTime === undefined ? {} : { redriveTime }) });
}
