import {
  CHECKPOINT_FORMAT,
  type ExecutionFacts,
  JsonSyntaxError,
  createExecution,
  parseJson,
  saveHead,
  utf8Length,
} from '@everstep/language';
import { ApiError, QUOTAS, executionArn, expressArn, isValidName, machineTarget } from '@everstep/protocol';
import { encodeActivation } from './activation-codec.ts';
import { isBeingDeleted } from './catalog/find-state-machine.ts';
import type { EngineContext } from './context.ts';
import { isDeeperThan } from './json-depth.ts';
import { withLane } from './lane.ts';
import type { ExecutionRecord, ParentTask } from './ports/execution-store.ts';
import type { NewExecution } from './ports/run-store.ts';
import { qualifiedArns } from './run-image.ts';
import { type StartTarget, findStartTarget } from './start-target.ts';

export interface StartExecutionRequest {
  /** Of a machine, a version or an alias. */
  readonly stateMachineArn: string;
  /** A UUID where absent. */
  readonly name?: string;
  /** JSON text; `{}` where absent. */
  readonly input?: string;
  readonly traceHeader?: string;
  /** Where a task of another execution starts it, with the id that task gives its child. */
  readonly parent?: ParentTask & { readonly childExecutionId: string };
}

export interface StartedExecution {
  readonly executionId: string;
  readonly executionArn: string;
  /** Milliseconds since the epoch. */
  readonly startDate: number;
}

/**
 * One commit: the name, the execution and its Start activation; then a hint. Answers only when that is durable.
 * Errors: InvalidName, InvalidExecutionInput, StateMachineDoesNotExist, StateMachineDeleting, ExecutionAlreadyExists.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export async function startExecution(
  context: EngineContext,
  request: StartExecutionRequest,
): Promise<StartedExecution> {
  const input = request.input ?? '{}';
  checkInput(input);
  const name = request.name ?? context.ids.uuid();
  if (!isValidName(name)) throw new ApiError('InvalidName', `Invalid Name: '${name}'`);
  const startDate = context.clock.now();
  const executionId =
    request.parent?.childExecutionId ??
    withLane(context.ids.executionId(startDate), machineTarget(request.stateMachineArn).stateMachineArn);
  const target = await findStartTarget(context, request.stateMachineArn, executionId);
  const draft = { request, target, executionId, name, input, startDate };
  if (target.machine.type === 'EXPRESS') return startExpress(context, draft);
  const execution = newExecution(context, draft);
  const outcome = await context.starts.submit(execution);
  switch (outcome.kind) {
    case 'started':
      context.metrics.count('executionsStarted');
      context.hints.send([execution.executionId]);
      return { executionId: execution.executionId, executionArn: execution.executionArn, startDate };
    case 'existing':
      return outcome;
    case 'conflict':
      throw new ApiError('ExecutionAlreadyExists', `Execution Already Exists: '${outcome.executionArn}'`);
    case 'no-machine':
      // It went away between the look above and the commit: the same answers as there.
      await findStartTarget(context, request.stateMachineArn, executionId);
      throw isBeingDeleted(target.machine.stateMachineArn);
  }
}

/** Throws InvalidExecutionInput where the text is not JSON or longer than 262,144 bytes. */
export function checkInput(input: string): void {
  if (utf8Length(input) > QUOTAS.inputBytes) {
    throw new ApiError(
      'InvalidExecutionInput',
      `Invalid execution input: the input is longer than ${QUOTAS.inputBytes} bytes.`,
    );
  }
  try {
    parseJson(input);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new ApiError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${error.message}'`);
  }
  if (isDeeperThan(input, QUOTAS.jsonDepth)) {
    throw new ApiError(
      'InvalidExecutionInput',
      `Invalid execution input: the input is nested deeper than ${QUOTAS.jsonDepth} levels.`,
    );
  }
}

interface Draft {
  readonly request: StartExecutionRequest;
  readonly target: StartTarget;
  readonly executionId: string;
  readonly name: string;
  readonly input: string;
  readonly startDate: number;
}

/**
 * An asynchronous Express execution: every request starts one, whatever its name. Only a task that asks again, because it
 * never heard the answer, finds the one it has started as long as that runs.
 */
async function startExpress(context: EngineContext, draft: Draft): Promise<StartedExecution> {
  const { request, target, executionId, startDate } = draft;
  const { stateMachineArn } = target.machine;
  if (request.parent?.sync === true) {
    throw new ApiError('StateMachineTypeNotSupported', 'This operation is not supported by this type of state machine');
  }
  const arn = expressArn(stateMachineArn, draft.name, executionId);
  const execution = newRecord(draft, arn);
  const { graceMs } = context.settings;
  if (!(await context.expressStarts.submit({ execution, format: CHECKPOINT_FORMAT, graceMs }))) {
    // It went away between the look and the commit.
    await findStartTarget(context, request.stateMachineArn, executionId);
    throw isBeingDeleted(stateMachineArn);
  }
  context.metrics.count('executionsStarted');
  context.hints.send([executionId]);
  return { executionId, executionArn: arn, startDate };
}

function newRecord(draft: Draft, executionArn: string): ExecutionRecord {
  const { request, target, executionId, name, input, startDate } = draft;
  const { machine, revision, qualifier } = target;
  return {
    executionId,
    executionArn,
    name,
    stateMachineArn: machine.stateMachineArn,
    revisionId: revision.revisionId,
    status: 'RUNNING',
    startDate,
    stopDate: null,
    input,
    output: null,
    error: null,
    cause: null,
    redriveCount: 0,
    redriveDate: null,
    traceHeader: request.traceHeader ?? null,
    parent: parentOf(request),
    qualifier,
  };
}

function newExecution(context: EngineContext, draft: Draft): NewExecution {
  const { request, target, executionId, name, input, startDate } = draft;
  const { machine, revision, qualifier } = target;
  const arn = executionArn(machine.stateMachineArn, name);
  const facts: ExecutionFacts = {
    executionId,
    executionArn: arn,
    name,
    stateMachineArn: machine.stateMachineArn,
    stateMachineName: machine.name,
    ...qualifiedArns(machine.stateMachineArn, qualifier),
    roleArn: revision.roleArn,
    region: context.settings.region,
    startTime: startDate,
    input,
    tokenKey: '',
  };
  return {
    executionId,
    executionArn: arn,
    name,
    stateMachineArn: machine.stateMachineArn,
    revisionId: revision.revisionId,
    input,
    startDate,
    traceHeader: request.traceHeader ?? null,
    parent: parentOf(request),
    ...(qualifier === null ? {} : { qualifier }),
    checkpoint: saveHead(createExecution(facts)),
    format: CHECKPOINT_FORMAT,
    activation: encodeActivation({ at: startDate, type: 'Start' }),
    graceMs: context.settings.graceMs,
  };
}

function parentOf(request: StartExecutionRequest): ParentTask | null {
  if (request.parent === undefined) return null;
  const { executionId, taskId, sync } = request.parent;
  return { executionId, taskId, sync };
}
