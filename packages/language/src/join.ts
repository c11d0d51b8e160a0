import { invariant } from './errors.ts';
import type { Frame, Waiting } from './execution-state.ts';
import { childrenOf, parentOf, stateOf } from './frames.ts';
import type { HistoryEventType } from './history-event.ts';
import { type Json, jsonText } from './json.ts';
import { MAX_DATA_BYTES } from './limits.ts';
import { type Failure, type Outcome, attempt } from './outcome.ts';
import type { Run } from './run.ts';
import { startIterations } from './states/map.ts';
import { tooLarge } from './states/pipeline.ts';
import type { State } from './syntax/state-machine.ts';

/** A frame and what happened to it. */
export interface Settling {
  readonly frame: Frame;
  readonly outcome: Outcome;
}

/**
 * A branch or an iteration has ended well. It keeps its output only, in its own frame; its parent counts. The last one
 * gives the parent its result, in the order of branches or items and not of their ends.
 */
export function childSucceeded(run: Run, child: Frame, output: Json): Settling | null {
  const { parent, state, waiting } = family(run, child);
  child.input = null;
  child.variables = {};
  run.setWaiting(child, { kind: 'done', output });
  waiting.open -= 1;
  waiting.succeeded += 1;
  parent.lastEventId = child.lastEventId;
  run.touch(parent);
  if (state.type === 'Map') {
    const details = { mapIterationSucceededEventDetails: { name: state.name, index: child.index } };
    parent.lastEventId = run.emitAside(child.lastEventId, 'MapIterationSucceeded', details);
  }
  if (waiting.succeeded === waiting.total) return { frame: parent, outcome: joined(run, parent, state) };
  if (state.type !== 'Map' || waiting.next === waiting.total) return null;
  const outcome = attempt(run, parent, false, () => {
    startIterations(run, parent, state, child.lastEventId);
    return { kind: 'wait', waiting };
  });
  return outcome.kind === 'fail' ? { frame: parent, outcome } : null;
}

/** A branch or an iteration has failed, and with it its parent: no failure of an inline Map is tolerated. */
export function childFailed(run: Run, child: Frame, failure: Failure): Settling {
  const { parent, state, waiting } = family(run, child);
  waiting.open -= 1;
  waiting.failed += 1;
  parent.lastEventId = child.lastEventId;
  run.touch(parent);
  if (state.type === 'Map') {
    const details = { mapIterationFailedEventDetails: { name: state.name, index: child.index } };
    run.emitAside(child.lastEventId, 'MapIterationFailed', details);
  }
  return { frame: parent, outcome: { kind: 'fail', failure, child } };
}

/**
 * Ends what still runs below a frame that has failed because of `failed`: pending tasks are cancelled, and every state
 * that was entered and not left gets its Aborted event. A Map's failed iteration has its own event for that; the Task
 * that failed a branch is aborted like the others.
 */
export function abortChildren(run: Run, parent: Frame, failed: Frame | undefined): void {
  const parentState = stateOf(run.machine, run.execution, parent);
  for (const child of childrenOf(run.execution, parent)) {
    if (child.waiting?.kind === 'done') continue;
    if (child !== failed) abortFrame(run, child, parentState);
    else if (parentState.type === 'Parallel' && stateOf(run.machine, run.execution, child).type === 'Task') {
      run.emitAside(child.lastEventId, 'TaskStateAborted');
    }
  }
}

function abortFrame(run: Run, frame: Frame, parentState: State): void {
  // A frame that is ready has not entered its state.
  if (frame.waiting !== null) {
    run.closeTask(frame, 'aborted');
    if (frame.waiting.kind === 'mapRun') run.emit(frame, 'MapRunAborted');
    abortChildren(run, frame, undefined);
    const type = abortedEvent(stateOf(run.machine, run.execution, frame));
    if (type !== null) run.emitAside(frame.lastEventId, type);
  }
  if (parentState.type !== 'Map') return;
  const details = { mapIterationAbortedEventDetails: { name: parentState.name, index: frame.index } };
  run.emitAside(frame.lastEventId, 'MapIterationAborted', details);
}

function abortedEvent(state: State): HistoryEventType | null {
  switch (state.type) {
    case 'Task':
    case 'Wait':
    case 'Parallel':
    case 'Map':
      return `${state.type}StateAborted` as const;
    default:
      return null;
  }
}

/** Forgets the branches or iterations of a state that is tried again or was caught. */
export function dropChildren(run: Run, parent: Frame): void {
  for (const child of childrenOf(run.execution, parent)) {
    dropChildren(run, child);
    run.deleteFrame(child);
  }
  run.deleteItems(parent.id);
  // The parent's own data lay in the items record: its frame must be written with it again.
  run.touch(parent);
}

/** Results that together are larger than any state's may be fail the state before they are put together. */
function joined(run: Run, parent: Frame, state: State): Outcome {
  const outputs: Json[] = [];
  let length = 0;
  for (const child of childrenOf(run.execution, parent)) {
    invariant(child.waiting?.kind === 'done', 'frame', child.id, 'is joined before its end');
    outputs.push(child.waiting.output);
    length += jsonText(child.waiting.output).length;
  }
  if (length > MAX_DATA_BYTES) {
    return { kind: 'fail', failure: { error: 'States.DataLimitExceeded', cause: tooLarge(state.name) } };
  }
  dropChildren(run, parent);
  return { kind: 'result', value: outputs };
}

interface Family {
  readonly parent: Frame;
  readonly state: State;
  readonly waiting: Extract<Waiting, { kind: 'children' }>;
}

function family(run: Run, child: Frame): Family {
  const parent = parentOf(run.execution, child);
  invariant(parent !== null && parent.waiting?.kind === 'children', 'frame', child.id, 'has no waiting parent');
  return { parent, state: stateOf(run.machine, run.execution, parent), waiting: parent.waiting };
}
