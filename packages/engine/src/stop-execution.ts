import {
  type Activation,
  type ExecutionState,
  type HistoryEvent,
  KNOWN_FORMATS,
  pendingTasks,
  recordIds,
  transition,
} from '@everstep/language';
import { ApiError } from '@everstep/protocol';
import { decodeActivation, inOrder } from './activation-codec.ts';
import type { EngineContext } from './context.ts';
import { shapeChildResult } from './child-result.ts';
import { logEvents } from './execution-logging.ts';
import { tellOwner } from './hinting.ts';
import type { UnwantedJob } from './job-stops.ts';
import { PendingCommit } from './pending-commit.ts';
import type { ClaimedRun, RunCommit } from './ports/run-store.ts';
import { type RunSubject, loadState, loadSubject } from './run-image.ts';

export interface StopExecutionRequest {
  readonly executionArn: string;
  readonly error?: string;
  readonly cause?: string;
}

/**
 * Stops by force, in one transaction without an owner in between: what had arrived is applied after the Stop, the
 * owner (if any) is fenced and cancels its calls. Stopping an execution that has ended answers its stop date, as AWS
 * does. Errors: ExecutionDoesNotExist.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
 */
export async function stopExecution(
  context: EngineContext,
  request: StopExecutionRequest,
): Promise<{ stopDate: number }> {
  const { store } = context;
  const execution = await store.findExecutionByArn(request.executionArn);
  if (execution === null) throw doesNotExist(request.executionArn);
  if (execution.stopDate !== null) return { stopDate: execution.stopDate };
  const subject = await loadSubject(context, execution);
  let happened: readonly HistoryEvent[] = [];
  let redriveCount = 0;
  let jobs: readonly UnwantedJob[] = [];
  let isLimited = false;
  const outcome = await store.force(execution.executionId, (run) => {
    const { pending, state } = stopped(context, subject, run, request);
    happened = pending.history;
    jobs = pending.unwantedJobs;
    ({ redriveCount } = state.head);
    const commit = stopCommit(context, { subject, run, pending, state });
    isLimited = commit.limits !== undefined;
    return commit;
  });
  const after = await store.findExecution(execution.executionId);
  if (outcome.kind === 'committed') {
    if (isLimited) context.limiters.look();
    logEvents(context, subject.logging, { executionArn: execution.executionArn, redriveCount }, happened);
    context.jobStops.stop(subject.facts, jobs);
    for (const told of outcome.told) tellOwner(context.hints, told);
    if (outcome.formerOwner !== null) context.hints.sendToWorker(outcome.formerOwner, [execution.executionId]);
  }
  if (after === null || after.stopDate === null) throw doesNotExist(request.executionArn);
  return { stopDate: after.stopDate };
}

/** The execution with its Stop, and all that had arrived, applied. */
function stopped(
  context: EngineContext,
  subject: RunSubject,
  run: ClaimedRun,
  { error, cause }: StopExecutionRequest,
): { pending: PendingCommit; state: ExecutionState } {
  if (!KNOWN_FORMATS.includes(run.format)) {
    // A newer worker has had it: while versions are changed, the processes of the new one stop it.
    throw new ApiError('ServiceUnavailable', 'This execution is run by a newer version: please try again.');
  }
  const now = context.clock.now();
  const state = loadState(subject, run);
  const pending = new PendingCommit();
  if (run.format !== state.head.format) pending.rewrite(recordIds(state));
  const stop: Activation = {
    at: now,
    type: 'Stop',
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
  // What had arrived is consumed with it: an ending commit leaves nothing unread.
  const arrived = run.inbox.map((row) => decodeActivation(row.activation));
  for (const activation of inOrder([stop, ...arrived])) {
    const shaped = shapeChildResult(activation, pendingTasks(state));
    pending.add(transition(subject.machine, state, shaped, subject.surroundings));
  }
  return { pending, state };
}

function stopCommit(
  context: EngineContext,
  stopping: { subject: RunSubject; run: ClaimedRun; pending: PendingCommit; state: ExecutionState },
): RunCommit {
  const { subject, run, pending, state } = stopping;
  return pending.build({
    execution: run.execution,
    machine: subject.revisionMachine,
    state,
    epoch: run.epoch,
    consumed: run.inbox.at(-1)?.number ?? run.consumed,
    stay: false,
    now: context.clock.now(),
    settings: context.settings,
  });
}

function doesNotExist(executionArn: string): ApiError {
  return new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
}
