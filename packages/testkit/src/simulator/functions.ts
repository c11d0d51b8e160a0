import {
  type ApprovalKey,
  type EngineContext,
  type Integration,
  type IntegrationRegistry,
  type JobOutcome,
  type JobRequest,
  type TaskOutcome,
  type TaskRequest,
  askForApproval,
  childExecutionId,
  startExecution,
} from '@everstep/engine';
import { type Json, type TaskResource, isNumber, isObject, toNumber } from '@everstep/language';
import { ApiError } from '@everstep/protocol';
import type { JobBoard } from './job-board.ts';
import type { Behaviour } from './random-task.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { type Stage, forever, latencyMs } from './stage.ts';

export interface FunctionsOptions {
  readonly stage: Stage;
  readonly process: SimulatedProcess;
  readonly context: EngineContext;
  /** Something outside happens now, because of this request. */
  readonly onEffect: (request: TaskRequest) => void;
  /** Somebody outside hears of a token. */
  readonly onToken: (token: string, doing: Doing) => void;
  /** People are asked. */
  readonly onApproval: (key: ApprovalKey) => void;
  readonly jobs: JobBoard;
  /** Somebody outside is asked how a job is doing. */
  readonly onAsk: (request: TaskRequest) => void;
}

/** A task's behaviour and how many attempts have been made before. */
export interface Doing {
  readonly behaviour: Behaviour;
  readonly retry: number;
}

/** The world outside as one worker's calls reach it. */
export function simulatedFunctions(options: FunctionsOptions): IntegrationRegistry {
  const started = new WeakSet<TaskRequest>();
  const call: Integration = { perform: (request) => performCall(options, request) };
  const start: Integration = { perform: (request) => performStart(options, request, started) };
  const approval: Integration = { perform: (request) => performApproval(options, request, started) };
  const job = jobIntegration(options);
  return {
    find(resource) {
      if (resource.kind === 'lambda') return call;
      if (isJob(resource)) return job;
      if (resource.service === 'states') return start;
      return isApproval(resource) ? approval : call;
    },
    async close() {},
  };
}

export function readDoing(parameters: Json): Doing {
  const { does, retry } = isObject(parameters) ? parameters : { does: null, retry: 0 };
  const told = isObject(does) ? does : {};
  const number = (value: Json | undefined): number => (isNumber(value) ? toNumber(value) : 0);
  const behaviour: Behaviour = {
    fails: number(told['fails']),
    error: typeof told['error'] === 'string' ? told['error'] : 'Red',
    takesMs: number(told['takesMs']),
    silent: told['silent'] === true,
    beats: number(told['beats']),
    beatMs: number(told['beatMs']),
    poison: told['poison'] === true,
  };
  return { behaviour, retry: number(retry) };
}

/** Whether people decide what a task of this resource comes to. */
export function isApproval(resource: TaskResource): boolean {
  return resource.kind === 'integration' && resource.operation === 'approval';
}

/** Whether the end of what a task of this resource starts is asked for. */
export function isJob(resource: TaskResource): boolean {
  return resource.kind === 'integration' && resource.service !== 'states' && resource.pattern === 'sync';
}

export type Answer =
  | { readonly ok: true; readonly output: string }
  | { readonly ok: false; readonly error: string; readonly cause: string };

/** What the attempt comes to, whoever performs it and how often. */
export function answerOf({ behaviour, retry }: Doing): Answer {
  if (retry >= behaviour.fails) return { ok: true, output: `done after ${retry}` };
  return { ok: false, error: behaviour.error, cause: `attempt ${retry}` };
}

function performCall(options: FunctionsOptions, request: TaskRequest): Promise<TaskOutcome> {
  const { stage, process } = options;
  if (!arrives(options, request)) return forever();
  const doing = readDoing(request.parameters);
  if (doing.behaviour.poison === true) {
    stage.faults.crash(process, 'of what it performs');
    return forever();
  }
  const { token } = request;
  if (token !== null) options.onToken(token, doing);
  return new Promise((resolve) => {
    // Nobody listens to a call that was cancelled, but its place must become free.
    const cancelled: TaskOutcome = { type: 'failed', error: 'Cancelled', cause: 'nobody wants it any more' };
    request.signal.addEventListener('abort', () => resolve(cancelled), { once: true });
    if (doing.behaviour.silent && token === null) return;
    const delay = token === null ? doing.behaviour.takesMs + latencyMs(stage) : requestMs(stage);
    stage.timeline.after(delay, () => process.enter(() => resolve(outcomeOf(doing, token))));
  });
}

/** Some requests are answered long after whoever got the token has answered. */
function requestMs(stage: Stage): number {
  return stage.chance.happens(0.15) ? stage.chance.integer(100, 4_000) : latencyMs(stage) * 10;
}

function outcomeOf(doing: Doing, token: string | null): TaskOutcome {
  if (token !== null) return { type: 'submitted', output: 'sent' };
  const answer = answerOf(doing);
  return answer.ok
    ? { type: 'succeeded', output: answer.output }
    : { type: 'failed', error: answer.error, cause: answer.cause };
}

/** The request leaves the process, which may die or stand still just before or after it. */
function arrives(options: FunctionsOptions, request: TaskRequest): boolean {
  return reaches(options, () => options.onEffect(request));
}

function reaches({ stage, process }: FunctionsOptions, effect: () => void): boolean {
  const { chance, faults, profile } = stage;
  const fault = faults.on && chance.happens(profile.effectFault);
  const fate = fault ? chance.pick(['crash-before', 'crash-after', 'freeze']) : 'ok';
  if (fate === 'crash-before') {
    faults.crash(process, 'before an effect');
    return false;
  }
  if (process.state === 'dead') return false;
  effect();
  if (fate === 'crash-after') faults.crash(process, 'after an effect');
  if (fate === 'freeze') faults.freeze(process, 'after an effect');
  return true;
}

/** `states:startExecution`: the child's id follows from the attempt. */
async function performStart(
  options: FunctionsOptions,
  request: TaskRequest,
  started: WeakSet<TaskRequest>,
): Promise<TaskOutcome> {
  const { context } = options;
  // The same call may ask again where the store did not answer.
  if (!started.has(request) && !arrives(options, request)) return forever();
  started.add(request);
  const { executionId, taskId, resource, parameters } = request;
  const { StateMachineArn, Input } = isObject(parameters) ? parameters : { StateMachineArn: '', Input: null };
  const childId = childExecutionId(executionId, taskId);
  try {
    const started = await startExecution(context, {
      stateMachineArn: typeof StateMachineArn === 'string' ? StateMachineArn : '',
      input: JSON.stringify(Input ?? {}),
      name: childId,
      parent: { executionId, taskId, sync: resource.pattern === 'sync', childExecutionId: childId },
    });
    const output = { ExecutionArn: started.executionArn };
    return { type: resource.pattern === 'requestResponse' ? 'succeeded' : 'submitted', output };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { type: 'failed', error: error.code, cause: error.message };
  }
}

/** `everstep:approval`: the row is made beside the token, once. */
async function performApproval(
  options: FunctionsOptions,
  request: TaskRequest,
  started: WeakSet<TaskRequest>,
): Promise<TaskOutcome> {
  // The same call may ask again where the store did not answer.
  if (!started.has(request) && !arrives(options, request)) return forever();
  started.add(request);
  const { parameters } = request;
  const arn = await askForApproval(options.context, request, isObject(parameters) ? parameters : {});
  options.onApproval(request);
  return { type: 'submitted', output: { ApprovalArn: arn } };
}

/** A service of jobs: `.sync` by asking. It may be away, and whoever asks may die. */
function jobIntegration(options: FunctionsOptions): Integration {
  const { stage, process, jobs } = options;
  const idOf = ({ job }: JobRequest): string => (typeof job === 'string' ? job : '');
  const soon = <Answer>(delayMs: number, answer: () => Answer): Promise<Answer> =>
    new Promise((resolve) => {
      stage.timeline.after(delayMs, () => process.enter(() => resolve(answer())));
    });
  return {
    perform(request) {
      if (!arrives(options, request)) return forever();
      const job = jobs.start(request, readDoing(request.parameters));
      return soon(requestMs(stage), (): TaskOutcome => ({ type: 'submitted', output: 'started', job }));
    },
    poll(request) {
      if (!reaches(options, () => options.onAsk(request))) return forever();
      const isAway = stage.faults.on && stage.chance.happens(0.1);
      const outcome: JobOutcome = isAway ? { type: 'running', trouble: 'it is away' } : jobs.ask(idOf(request));
      return soon(latencyMs(stage), () => outcome);
    },
    async stop(request) {
      if (!reaches(options, () => undefined)) return forever();
      await soon(latencyMs(stage), () => undefined);
      if (stage.faults.on && stage.chance.happens(0.3)) throw new Error('it is away');
      jobs.stop(idOf(request));
    },
  };
}
