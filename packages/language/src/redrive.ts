import { executionInput } from './context-object.ts';
import type { Frame } from './execution-state.ts';
import { ROOT_FRAME, childrenOf, newFrame, stateOf } from './frames.ts';
import { dropChildren } from './join.ts';
import { attempt } from './outcome.ts';
import type { Run } from './run.ts';
import { redriveMapRun } from './states/distributed-map.ts';
import { startIterations } from './states/map.ts';
import { retryState, settle } from './step.ts';

/**
 * An execution that ended without success goes on where it stood. States that were entered and not left do their work
 * anew, without a second Entered event and with all their retries; what was finished stays finished. Of a Parallel or a
 * Map only the branches or iterations that did not end well run again, unless it was their joining that failed: then
 * the state does all of its work anew. The machine's own time limit begins anew. False: there is nothing to redrive.
 * https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
 */
export function redrive(run: Run, redriveCount: number): boolean {
  const { head, facts, frames } = run.execution;
  if (head.status === 'RUNNING' || head.status === 'SUCCEEDED' || redriveCount <= head.redriveCount) return false;
  const root = frames.get(ROOT_FRAME);
  const plan: Plan = { again: [], joins: [], mapRuns: [] };
  if (root !== undefined) reset(run, root, plan);
  const lastEventId = head.lastEventId;
  run.reopen(redriveCount);
  const details = { executionRedrivenEventDetails: { redriveCount } };
  const eventId = run.emitAside(lastEventId, 'ExecutionRedriven', details);
  if (root === undefined) {
    run.addFrame(newFrame({ parent: null, index: 0 }, run.machine.startAt, executionInput(facts), eventId));
    return true;
  }
  for (const frame of plan.again) frame.lastEventId = eventId;
  for (const frame of plan.again) if (isStillThere(run, frame) && frame.waiting === null) retryState(run, frame);
  for (const frame of plan.mapRuns) if (isStillThere(run, frame)) redriveMapRun(run, frame, eventId);
  for (const frame of plan.joins) if (isStillThere(run, frame)) fillMap(run, frame, eventId);
  return true;
}

/** Frames that do their state's work anew, that wait for children still, or for a Map Run; in the order of the tree. */
interface Plan {
  readonly again: Frame[];
  readonly mapRuns: Frame[];
  readonly joins: Frame[];
}

function reset(run: Run, frame: Frame, plan: Plan): void {
  const { waiting } = frame;
  if (waiting?.kind === 'done') return;
  frame.retrierAttempts = [];
  frame.retryCount = 0;
  run.touch(frame);
  if (waiting?.kind === 'mapRun' && !waiting.mapRun.succeeded) {
    plan.mapRuns.push(frame);
    return;
  }
  const children = childrenOf(run.execution, frame);
  const open = children.filter((child) => child.waiting?.kind !== 'done');
  if (waiting?.kind === 'children' && children.length > 0 && (open.length > 0 || waiting.next < waiting.total)) {
    waiting.open = open.length;
    waiting.succeeded = children.length - open.length;
    waiting.failed = 0;
    plan.joins.push(frame);
    for (const child of open) reset(run, child, plan);
    return;
  }
  dropChildren(run, frame);
  frame.waiting = null;
  // One that was about to enter its state is ready for that.
  if (frame.enteredEventId > 0) plan.again.push(frame);
}

/** A Map that failed while it started its iterations goes on starting them. */
function fillMap(run: Run, frame: Frame, eventId: number): void {
  const state = stateOf(run.machine, run.execution, frame);
  const { waiting } = frame;
  if (state.type !== 'Map' || waiting?.kind !== 'children' || waiting.next === waiting.total) return;
  const outcome = attempt(run, frame, false, () => {
    startIterations(run, frame, state, eventId);
    return { kind: 'wait', waiting };
  });
  settle(run, frame, outcome);
}

/** An earlier one may have ended the frame, or the execution. */
function isStillThere(run: Run, frame: Frame): boolean {
  return run.running && run.execution.frames.get(frame.id) === frame;
}
