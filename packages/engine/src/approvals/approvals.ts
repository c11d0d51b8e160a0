import { type JsonObject, JsonSyntaxError, parseJson, utf8Length } from '@everstep/language';
import { ApiError, QUOTAS, accountOfArn, approvalArn, approvalOfArn } from '@everstep/protocol';
import type { EngineContext } from '../context.ts';
import { encodeActivation } from '../activation-codec.ts';
import { tellOwner } from '../hinting.ts';
import type { ApprovalKey, ApprovalRecord, ApprovalStatus, DecisionOutcome } from '../ports/approval-store.ts';
import { isDeeperThan } from '../json-depth.ts';
import {
  type Approval,
  type ApprovalOutcome,
  type ApprovalProgress,
  type DecisionRequest,
  type Person,
  claim,
  comment,
  decide,
  delegate,
  lookAtOf,
  openProgress,
  peopleOf,
  rankOf,
  readApproval,
  release,
  withTrail,
} from './approval-progress.ts';
import { ApprovalParameterError, readApprovalRequest } from './approval-request.ts';
import { checkForm, schemaProblem } from './check-form.ts';

/** The task that asks. */
export interface AskingTask extends ApprovalKey {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateName: string;
}

/** Changes that met one another, tried anew so often. */
const ATTEMPTS = 10;

/** Asks people, once for a task however often it is called. Throws ApprovalParameterErrors. */
export async function askForApproval(
  { store, clock }: EngineContext,
  task: AskingTask,
  parameters: JsonObject,
): Promise<string> {
  const { executionId, taskId, executionArn, stateMachineArn, stateName } = task;
  const now = clock.now();
  const request = readApprovalRequest(parameters, now);
  const problem = request.form === null ? null : schemaProblem(request.form);
  if (problem !== null) throw new ApprovalParameterError(`The field 'Form' is no JSON Schema: ${problem}`);
  const progress = openProgress(request, now);
  const facts = { executionId, taskId, executionArn, stateMachineArn, stateName };
  const accountId = accountOfArn(executionArn);
  await store.createApproval({
    ...{ ...facts, accountId, status: 'OPEN', version: 1, createdAt: now, closedAt: null },
    request: JSON.stringify(request),
    progress: JSON.stringify(progress),
    people: peopleOf(progress),
    rank: rankOf('OPEN', request.dueAt, now, null),
    lookAt: lookAtOf({ request, progress, record: { status: 'OPEN', createdAt: now } }),
  });
  return approvalArnOf(task);
}

export function approvalArnOf({
  executionArn,
  executionId,
  taskId,
}: ApprovalKey & { readonly executionArn: string }): string {
  const [, , , region = '', accountId = ''] = executionArn.split(':');
  return approvalArn({ region, accountId }, executionId, taskId);
}

/** Errors: ApprovalDoesNotExist. */
export async function findApproval({ store }: EngineContext, arn: string): Promise<Approval> {
  const key = approvalOfArn(arn);
  const record = key === null ? null : await store.findApproval(key);
  if (record === null || approvalArnOf(record) !== arn) {
    throw new ApiError('ApprovalDoesNotExist', `Approval Does Not Exist: '${arn}'`);
  }
  return readApproval(record);
}

/** Errors: ApprovalDoesNotExist, ApprovalClosed, ApprovalConflict, AccessDeniedException. */
export async function claimApproval(
  context: EngineContext,
  arn: string,
  { person, force }: { readonly person: Person; readonly force: boolean },
): Promise<void> {
  await change(context, arn, (approval) => claim(approval, person, force, context.clock.now()));
}

/** Errors: ApprovalDoesNotExist, ApprovalClosed, ApprovalConflict. */
export async function releaseApproval(context: EngineContext, arn: string, person: Person): Promise<void> {
  await change(context, arn, (approval) => release(approval, person, context.clock.now()));
}

/** Errors: ApprovalDoesNotExist, ApprovalClosed, ApprovalConflict, AccessDeniedException, ValidationException. */
export async function delegateApproval(
  context: EngineContext,
  arn: string,
  { person, ...request }: { readonly person: Person; readonly to: string; readonly comment?: string },
): Promise<void> {
  await change(context, arn, (approval) => delegate(approval, person, { ...request, now: context.clock.now() }));
}

/** Errors: ApprovalDoesNotExist, ApprovalClosed, LimitExceededException. */
export async function commentApproval(
  context: EngineContext,
  arn: string,
  request: { readonly person: Person; readonly comment: string },
): Promise<void> {
  await change(context, arn, (approval) => comment(approval, request.person, request.comment, context.clock.now()));
}

/**
 * Decides, or adds a vote: answers the outcome, null where more people have to decide. What is decided is written together
 * with the answer to its task, so it is shown as decided only if it counts. Errors: ApprovalDoesNotExist, ApprovalClosed,
 * ApprovalConflict, AccessDeniedException, ValidationException.
 */
export async function decideApproval(
  context: EngineContext,
  arn: string,
  { person, ...request }: { readonly person: Person } & Omit<DecisionRequest, 'now'>,
): Promise<ApprovalOutcome | null> {
  const decided = await atPresent(context, arn, async (approval) => {
    // Who may not decide has nothing checked.
    const progress = decide(approval, person, { ...request, now: context.clock.now() });
    checkGivenForm(approval, request);
    const { outcome } = progress;
    if (outcome === null) return keep(context, approval, progress);
    if (utf8Length(outcome.ok ? outcome.output : outcome.cause) > QUOTAS.outputBytes) {
      throw new ApiError('ValidationException', `The answer would be longer than ${QUOTAS.outputBytes} bytes.`);
    }
    const answered = await answerTask(context, changed(context, approval, progress, 'DECIDED'), outcome);
    if (answered.kind === 'accepted') return { progress };
    if (answered.kind === 'conflict') return null;
    const isClosed = await closeApproval(context, approval, `${person.name} chose '${request.choice}' too late.`);
    if (!isClosed) return null;
    throw new ApiError('ApprovalClosed', 'Its task ended in the meantime: the decision came too late.');
  });
  return decided.progress.outcome;
}

async function answerTask(
  { store, clock, hints, settings }: EngineContext,
  { next, version }: Changed,
  outcome: ApprovalOutcome,
): Promise<DecisionOutcome> {
  const { executionId, taskId } = next;
  const result = outcome.ok
    ? ({ ok: true, output: parseJson(outcome.output) } as const)
    : ({ ok: false, error: outcome.error, cause: outcome.cause } as const);
  const activation = encodeActivation({ at: clock.now(), type: 'TaskResult', taskId, result });
  const answered = await store.decideApproval({ change: next, version, activation, graceMs: settings.graceMs });
  if (answered.kind === 'accepted') tellOwner(hints, { executionId, owner: answered.owner });
  return answered;
}

/** Its task ended without it. False: others were faster. */
export async function closeApproval(context: EngineContext, approval: Approval, comment?: string): Promise<boolean> {
  const { progress, record } = approval;
  const execution = await context.store.findExecution(record.executionId);
  const status = execution?.status === 'ABORTED' ? 'CANCELLED' : 'EXPIRED';
  const entry = { at: context.clock.now(), user: null, action: 'CLOSED' } as const;
  const closed = withTrail({ ...progress, claimedBy: null }, comment === undefined ? entry : { ...entry, comment });
  return (await keep(context, approval, closed, status)) !== null;
}

function checkGivenForm({ request }: Approval, { form, choice }: Pick<DecisionRequest, 'form' | 'choice'>): void {
  if (form !== undefined) {
    try {
      parseJson(form);
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      throw new ApiError('ValidationException', `'form' is no JSON: ${error.message}`);
    }
    if (isDeeperThan(form, QUOTAS.jsonDepth - 2))
      throw new ApiError('ValidationException', "'form' is nested too deep.");
    if (request.form === null && form !== request.data) {
      throw new ApiError('ValidationException', 'This approval has no form to fill in.');
    }
  }
  if (request.form === null) return;
  // Whoever says no need not fill in what is only needed for a yes.
  const isYes = request.choices.find(({ name }) => name === choice)?.error === null;
  if (form !== undefined || isYes) checkForm(request.form, form ?? request.data);
}

/** Changes an approval as it is at present. */
async function change(
  context: EngineContext,
  arn: string,
  next: (approval: Approval) => ApprovalProgress,
): Promise<void> {
  await atPresent(context, arn, async (approval) => {
    const progress = next(approval);
    return progress === approval.progress ? approval : keep(context, approval, progress);
  });
}

/** Does something with an approval as it is at present, again where others were faster: then `attempt` answers null. */
async function atPresent<Result extends object>(
  context: EngineContext,
  arn: string,
  attempt: (approval: Approval) => Promise<Result | null>,
): Promise<Result> {
  for (let count = 1; count <= ATTEMPTS; count++) {
    const result = await attempt(await findApproval(context, arn));
    if (result !== null) return result;
  }
  throw new ApiError('ApprovalConflict', 'Many people changed this approval at the same time; try again.');
}

/** Writes what has become of an approval; null: others were faster. */
export async function keep(
  context: EngineContext,
  approval: Approval,
  progress: ApprovalProgress,
  status: ApprovalStatus = approval.record.status,
): Promise<Approval | null> {
  const { next, version } = changed(context, approval, progress, status);
  return (await context.store.changeApproval(next, version)) ? { ...approval, record: next, progress } : null;
}

interface Changed {
  readonly next: ApprovalRecord;
  /** That it was read with. */
  readonly version: number;
}

function changed(
  { clock }: EngineContext,
  { record, request }: Approval,
  progress: ApprovalProgress,
  status: ApprovalStatus,
): Changed {
  const closedAt = status === 'OPEN' ? null : (record.closedAt ?? clock.now());
  const next: ApprovalRecord = {
    ...record,
    ...{ status, closedAt, people: peopleOf(progress), progress: JSON.stringify(progress) },
    version: record.version + 1,
    rank: rankOf(status, request.dueAt, record.createdAt, closedAt),
    lookAt: lookAtOf({ request, progress, record: { status, createdAt: record.createdAt } }),
  };
  return { next, version: record.version };
}
