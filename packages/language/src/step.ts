import { applyCatcher, findCatcher } from './catch.ts';
import { errorOf, invariant } from './errors.ts';
import type { Frame, PendingMapRun } from './execution-state.ts';
import { stateOf, variableBytes } from './frames.ts';
import type { HistoryEventType, StateExitedDetails, StateTypeName } from './history-event.ts';
import { type Settling, abortChildren, childFailed, childSucceeded, dropChildren } from './join.ts';
import { type Json, type JsonObject, jsonText } from './json.ts';
import { MAX_VARIABLES_BYTES } from './limits.ts';
import { type Evaluation, type Failure, type Outcome, attempt } from './outcome.ts';
import { randomSource } from './random.ts';
import { decideRetry, findRetrier, isTerminal } from './retry.ts';
import type { Run } from './run.ts';
import { startChoice } from './states/choice.ts';
import { startMapRun } from './states/distributed-map.ts';
import { startFail } from './states/fail.ts';
import { inspectMap } from './states/inspect-map.ts';
import { startMap } from './states/map.ts';
import { startParallel } from './states/parallel.ts';
import { startPass } from './states/pass.ts';
import { Pipeline, isTooLarge, tooLarge } from './states/pipeline.ts';
import { startSucceed } from './states/succeed.ts';
import { startTask, taskTokenOf } from './states/task.ts';
import { finishWait, startWait } from './states/wait.ts';
import type { MapState, State } from './syntax/state-machine.ts';

const NOT_TRUNCATED = { truncated: false };

/** Written out: most events of a history are these, and each would put its name together anew. */
const ENTERED = {
  Choice: 'ChoiceStateEntered',
  Fail: 'FailStateEntered',
  Map: 'MapStateEntered',
  Parallel: 'ParallelStateEntered',
  Pass: 'PassStateEntered',
  Succeed: 'SucceedStateEntered',
  Task: 'TaskStateEntered',
  Wait: 'WaitStateEntered',
} as const satisfies Record<StateTypeName, HistoryEventType>;
const EXITED = {
  Choice: 'ChoiceStateExited',
  Map: 'MapStateExited',
  Parallel: 'ParallelStateExited',
  Pass: 'PassStateExited',
  Succeed: 'SucceedStateExited',
  Task: 'TaskStateExited',
  Wait: 'WaitStateExited',
} as const satisfies Record<Exclude<StateTypeName, 'Fail'>, HistoryEventType>;

/** Enters the state that a ready frame stands before, and works until the frame waits, moves on or ends. */
export function enterState(run: Run, frame: Frame): void {
  const state = stateOf(run.machine, run.execution, frame);
  const before = frame.lastEventId;
  run.execution.head.stateTransitions += 1;
  frame.enteredTime = run.now;
  const entered = { name: state.name, input: jsonText(frame.input), inputDetails: NOT_TRUNCATED };
  frame.enteredEventId = run.emitEntered(frame, ENTERED[state.type], entered);
  const outcome = startWork(run, frame, state, frame.enteredEventId);
  // A field that cannot be evaluated on the way in is told as if the state had not been entered yet.
  const isOnEntry = outcome.kind === 'fail' && outcome.evaluation?.atWork === false;
  if (isOnEntry && frame.lastEventId === frame.enteredEventId) frame.lastEventId = before;
  settle(run, frame, outcome);
}

/** A retry's delay is over: the work starts anew, without a second Entered event. */
export function retryState(run: Run, frame: Frame): void {
  const state = stateOf(run.machine, run.execution, frame);
  run.execution.head.stateTransitions += 1;
  settle(run, frame, startWork(run, frame, state, frame.lastEventId));
}

/** A Wait's moment has come. */
export function endWait(run: Run, frame: Frame): void {
  const state = stateOf(run.machine, run.execution, frame);
  invariant(state.type === 'Wait', 'frame', frame.id, 'waits in a state of type', state.type);
  const pipeline = pipelineOf(run, frame, state, frame.lastEventId);
  settle(
    run,
    frame,
    attempt(run, frame, false, () => finishWait(state, pipeline)),
  );
}

/** Acts on what working on a frame came to, and on what follows for its parents. */
export function settle(run: Run, frame: Frame, outcome: Outcome): void {
  for (let at: Settling | null = { frame, outcome }; at !== null; ) at = act(run, at.frame, at.outcome);
}

function act(run: Run, frame: Frame, outcome: Outcome): Settling | null {
  switch (outcome.kind) {
    case 'wait':
      run.setWaiting(frame, outcome.waiting);
      return null;
    case 'result':
      return { frame, outcome: finishWork(run, frame, outcome.value) };
    case 'exit':
      return leave(run, frame, outcome);
    case 'fail':
      return fail(run, frame, outcome);
  }
}

function startWork(run: Run, frame: Frame, state: State, eventId: number): Outcome {
  return attempt(run, frame, false, () => {
    const pipeline = pipelineOf(run, frame, state, eventId);
    switch (state.type) {
      case 'Pass':
        return startPass(state, pipeline);
      case 'Task':
        return startTask(run, frame, state, pipeline);
      case 'Choice':
        return startChoice(state, pipeline);
      case 'Wait':
        return startWait(state, pipeline, run.now);
      case 'Succeed':
        return startSucceed(state, pipeline);
      case 'Fail':
        return startFail(state, pipeline);
      case 'Parallel':
        return startParallel(run, frame, state, pipeline);
      case 'Map':
        return run.inspection === null
          ? startMapWork(run, frame, state, pipeline)
          : inspectMap(run, frame, state, { pipeline, inspection: run.inspection });
    }
  });
}

function startMapWork(run: Run, frame: Frame, state: MapState, pipeline: Pipeline): Outcome {
  return state.mode === 'DISTRIBUTED'
    ? startMapRun(run, frame, state, pipeline)
    : startMap(run, frame, state, pipeline);
}

function pipelineOf(run: Run, frame: Frame, state: State, eventId: number): Pipeline {
  const { execution } = run;
  const taskToken = state.type === 'Task' ? taskTokenOf(execution, frame, state, run.nextEventId) : null;
  const { inspection, now } = run;
  return new Pipeline({ execution, frame, state, eventId, taskToken, item: null, now, inspection });
}

/** A Task is answered, or the last branch or iteration has ended. */
function finishWork(run: Run, frame: Frame, value: Json): Outcome {
  const state = stateOf(run.machine, run.execution, frame);
  invariant('resultSelector' in state, 'a state of this type has no work to finish:', state.type);
  // The Exited event does not follow the Succeeded one.
  if (state.type !== 'Task') run.emitAside(frame.lastEventId, `${state.type}StateSucceeded` as const);
  if (frame.waiting?.kind === 'mapRun') skipMapRunSucceeded(frame, frame.waiting.mapRun);
  const pipeline = pipelineOf(run, frame, state, frame.lastEventId);
  if (state.type === 'Task') pipeline.noteResult(value);
  return attempt(run, frame, false, () => pipeline.finish(value, state.resultSelector, state.resultPath));
}

/**
 * The Exited event of a Distributed Map follows MapRunStarted. AWS's recordings have it follow MapRunSucceeded where the
 * Map is the state that its machine starts at (and one of 2024 elsewhere, too).
 */
function skipMapRunSucceeded(frame: Frame, { taskId }: PendingMapRun): void {
  if (frame.enteredEventId > FIRST_STATE_EVENT) frame.lastEventId = taskId;
}

/** The id of the Entered event of the state that a machine starts at. */
const FIRST_STATE_EVENT = 2;

function leave(run: Run, frame: Frame, exit: Extract<Outcome, { kind: 'exit' }>): Settling | null {
  const state = stateOf(run.machine, run.execution, frame);
  const { output, next, variables } = exit;
  const cause = excess(run, frame, exit);
  if (cause !== null) {
    const failure = { error: 'States.DataLimitExceeded', cause };
    return { frame, outcome: { kind: 'fail', failure, final: exit.caught === true } };
  }
  invariant(state.type !== 'Fail', 'a Fail state has no way out');
  run.emitExited(frame, EXITED[state.type], exitedDetails(state.name, output, variables));
  if (frame.retrierAttempts.length > 0) frame.retrierAttempts = [];
  frame.retryCount = 0;
  if (variables !== null) frame.variables = { ...frame.variables, ...variables };
  run.inspection?.noteExit({ output, next }, frame.variables);
  if (next !== null) {
    frame.state = next;
    frame.enteredEventId = 0;
    frame.input = output;
    run.setWaiting(frame, null);
    return null;
  }
  if (frame.parent !== null) return childSucceeded(run, frame, output);
  const text = jsonText(output);
  run.emitSucceeded(frame, { output: text, outputDetails: NOT_TRUNCATED });
  run.end({ type: 'EndExecution', status: 'SUCCEEDED', output: text });
  return null;
}

/** Why a state may not be left with what it hands on and assigns, or null. */
function excess(run: Run, frame: Frame, exit: Extract<Outcome, { kind: 'exit' }>): string | null {
  if (isTooLarge(exit.output)) return tooLarge(frame.state);
  if (exit.variables === null) return null;
  const bytes = variableBytes(run.execution, frame, exit.variables);
  if (bytes <= MAX_VARIABLES_BYTES) return null;
  return `The variables after the state '${frame.state}' exceed the maximum number of bytes service limit.`;
}

function exitedDetails(name: string, output: Json, variables: JsonObject | null): StateExitedDetails {
  const base = { name, output: jsonText(output), outputDetails: NOT_TRUNCATED };
  if (variables === null) return base;
  const texts = Object.entries(variables).map(([variable, value]) => [variable, jsonText(value)] as const);
  const assigned = {
    assignedVariables: Object.fromEntries(texts),
    assignedVariablesDetails: NOT_TRUNCATED,
  };
  return { ...base, ...assigned };
}

/** Retry first, then Catch; what neither takes goes to the parent, and from the root to the execution's end. */
function fail(run: Run, frame: Frame, outcome: Extract<Outcome, { kind: 'fail' }>): Settling | null {
  const { failure } = outcome;
  const handled = outcome.final !== true;
  run.inspection?.noteFailure(failure);
  const state = stateOf(run.machine, run.execution, frame);
  if (outcome.evaluation !== undefined) recordEvaluation(run, frame, failure, outcome.evaluation);
  if (isTerminal(failure)) return failExecution(run, frame, failure);
  abortChildren(run, frame, outcome.child);
  if (handled && retryLater(run, frame, state, failure)) return null;
  if (handled && (state.type === 'Map' || state.type === 'Parallel')) {
    run.emit(frame, `${state.type}StateFailed` as const);
  }
  const catcher = handled && 'catch' in state ? findCatcher(state.catch, failure) : null;
  if (catcher !== null && 'catch' in state) {
    run.inspection?.noteCatcher(state.catch.indexOf(catcher));
    dropChildren(run, frame);
    const pipeline = pipelineOf(run, frame, state, frame.lastEventId);
    const place = { input: frame.input, queryLanguage: state.queryLanguage, pipeline };
    return { frame, outcome: attempt(run, frame, true, () => applyCatcher(catcher, failure, place)) };
  }
  return frame.parent === null ? failExecution(run, frame, failure) : childFailed(run, frame, failure);
}

function recordEvaluation(run: Run, frame: Frame, failure: Failure, { location }: Evaluation): void {
  const details = { ...errorOf(failure), ...(location === undefined ? {} : { location }), state: frame.state };
  run.emit(frame, 'EvaluationFailed', { evaluationFailedEventDetails: details });
}

function retryLater(run: Run, frame: Frame, state: State, failure: Failure): boolean {
  if (!('retry' in state)) return false;
  const { executionId } = run.execution.facts;
  const random = () => randomSource(executionId, frame.lastEventId, 'retry');
  const decision = decideRetry(state.retry, frame.retrierAttempts, failure, run.inspection === null ? random : null);
  run.inspection?.noteRetry(findRetrier(state.retry, failure), decision?.delayMs ?? null);
  if (decision === null) return false;
  frame.retrierAttempts = state.retry.map((_retrier, index) => {
    const used = frame.retrierAttempts[index] ?? 0;
    return index === decision.retrier ? used + 1 : used;
  });
  frame.retryCount += 1;
  dropChildren(run, frame);
  run.setWaiting(frame, { kind: 'retry', until: run.now + decision.delayMs });
  return true;
}

function failExecution(run: Run, frame: Frame, failure: Failure): null {
  const details = errorOf(failure);
  run.emitAside(frame.lastEventId, 'ExecutionFailed', { executionFailedEventDetails: details });
  run.end({ type: 'EndExecution', status: 'FAILED', ...details });
  return null;
}
