import { type JsonObject, JsonSyntaxError, parseJson, utf8Length } from '@everstep/language';
import { ApiError, QUOTAS, accountOfArn, approvalArn, approvalOfArn } from '@everstep/protocol';
import type { EngineContext } from '../context.ts';
import type { ApprovalKey, ApprovalRecord, ApprovalStatus } from '../ports/approval-store.ts';
import { isDeeperThan } from '../json-depth.ts';
import { acceptResult } from '../resolve-task.ts';
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
 * Decides, or adds a vote: answers the outcome, null where more people have to decide. What is decided is kept before its
 * task is answered; whoever dies in between leaves the rest to the scheduler. Errors: ApprovalDoesNotExist,
 * ApprovalClosed, ApprovalConflict, AccessDeniedException, ValidationException.
 */
export async function decideApproval(
  context: EngineContext,
  arn: string,
  { person, ...request }: { readonly person: Person } & Omit<DecisionRequest, 'now'>,
): Promise<ApprovalOutcome | null> {
  const decided = await change(context, arn, (approval) => {
    // Who may not decide has nothing checked.
    const progress = decide(approval, person, { ...request, now: context.clock.now() });
    checkGivenForm(approval, request);
    const { outcome } = progress;
    if (outcome !== null && utf8Length(outcome.ok ? outcome.output : outcome.cause) > QUOTAS.outputBytes) {
      throw new ApiError('ValidationException', `The answer would be longer than ${QUOTAS.outputBytes} bytes.`);
    }
    return progress;
  });
  const { outcome } = decided.progress;
  if (outcome === null) return null;
  if (!(await deliver(context, decided))) {
    throw new ApiError('ApprovalClosed', 'Its task ended in the meantime: the decision came too late.');
  }
  return outcome;
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

/** Changes an approval as it is at present, again where others were faster. */
async function change(
  context: EngineContext,
  arn: string,
  changed: (approval: Approval) => ApprovalProgress,
): Promise<Approval> {
  for (let attempt = 1; ; attempt++) {
    const approval = await findApproval(context, arn);
    const progress = changed(approval);
    if (progress === approval.progress) return approval;
    const next = await keep(context, approval, progress);
    if (next !== null) return next;
    if (attempt === ATTEMPTS) {
      throw new ApiError('ApprovalConflict', 'Many people changed this approval at the same time; try again.');
    }
  }
}

/** Whether somebody else has answered the task with it in the meantime. */
async function isDelivered({ store }: EngineContext, { record }: Approval): Promise<boolean> {
  const present = await store.findApproval(record);
  return present !== null && readApproval(present).progress.delivered;
}

/** Writes what has become of an approval; null: others were faster. */
export async function keep(
  { store, clock }: EngineContext,
  { record, request }: Approval,
  progress: ApprovalProgress,
  ended: ApprovalStatus | null = null,
): Promise<Approval | null> {
  const status = ended ?? (progress.outcome === null ? record.status : 'DECIDED');
  const closedAt = status === 'OPEN' ? null : (record.closedAt ?? clock.now());
  const next: ApprovalRecord = {
    ...record,
    ...{ status, closedAt, people: peopleOf(progress), progress: JSON.stringify(progress) },
    version: record.version + 1,
    rank: rankOf(status, request.dueAt, record.createdAt, closedAt),
    lookAt: lookAtOf({ request, progress, record: { status, createdAt: record.createdAt } }),
  };
  return (await store.changeApproval(next, record.version)) ? { record: next, request, progress } : null;
}

/**
 * Answers the task of what is decided. False: it ended before. `again`: it may have been answered already, by somebody
 * who died before they could note it.
 */
export async function deliver(context: EngineContext, approval: Approval, again = false): Promise<boolean> {
  const { record, progress } = approval;
  const { outcome } = progress;
  if (outcome === null || progress.delivered) return true;
  const { executionId, taskId } = record;
  const accepted = await acceptResult(
    context,
    { executionId, taskId },
    outcome.ok
      ? { ok: true, output: parseJson(outcome.output) }
      : { ok: false, error: outcome.error, cause: outcome.cause },
  );
  const isLate = accepted.kind !== 'accepted' && !again && !(await isDelivered(context, approval));
  const late = {
    at: context.clock.now(),
    user: null,
    action: 'CLOSED',
    comment: 'The decision came too late.',
  } as const;
  const done = { ...progress, delivered: true };
  await keep(context, approval, isLate ? withTrail({ ...done, outcome: null }, late) : done, isLate ? 'EXPIRED' : null);
  return !isLate;
}
