import {
  type Approval,
  type EngineContext,
  type Person,
  approvalArnOf,
  decideApproval,
  findApproval,
  refusalFor,
  votesFor,
} from '@everstep/engine';
import {
  type ApprovalChoiceItem,
  type ApprovalListItem,
  type ApprovalTrailItem,
  epochSeconds,
  type operations,
} from '@everstep/protocol';
import type { ApiContext } from './api-context.ts';

/** Who acts on approvals: the caller, or anybody where nobody is asked. */
export function personOf({ caller }: Pick<ApiContext, 'caller'>): Person {
  if (caller === null) return { name: 'local', groups: [], isAnybody: true };
  return { name: caller.userName, groups: caller.groups, isAnybody: false };
}

export function listItemOf({ record, request, progress }: Approval): ApprovalListItem {
  const { executionArn, stateMachineArn, stateName, status, createdAt, closedAt } = record;
  const { assignees, groups, claimedBy, decisions, outcome, escalated } = progress;
  return {
    approvalArn: approvalArnOf(record),
    title: request.title,
    ...{ status, stateMachineArn, executionArn, stateName, creationDate: epochSeconds(createdAt) },
    ...(request.dueAt === null ? {} : { dueDate: epochSeconds(request.dueAt) }),
    ...(closedAt === null ? {} : { closeDate: epochSeconds(closedAt) }),
    ...{ assignees, groups },
    ...(claimedBy === null ? {} : { claimedBy }),
    ...(outcome === null || outcome.choice === null ? {} : { choice: outcome.choice }),
    decisions: decisions.length,
    quorum: Math.max(...request.choices.map(({ quorum }) => quorum)),
    escalated,
  };
}

/** Decides, and tells how far it is. */
export async function decisionAnswer(
  engine: EngineContext,
  approvalArn: string,
  request: Parameters<typeof decideApproval>[2],
): Promise<operations.DecideApprovalOutput> {
  const outcome = await decideApproval(engine, approvalArn, request);
  if (outcome !== null) {
    return { status: 'DECIDED', ...(outcome.choice === null ? {} : { choice: outcome.choice }), remaining: 0 };
  }
  const { request: asked, progress } = await findApproval(engine, approvalArn);
  const quorum = asked.choices.find(({ name }) => name === request.choice)?.quorum ?? 1;
  return { status: 'OPEN', remaining: Math.max(0, quorum - votesFor(request.choice, progress)) };
}

export function descriptionOf(approval: Approval, person: Person): operations.DescribeApprovalOutput {
  const { request, progress } = approval;
  const { description, form, data, context } = request;
  const { outcome } = progress;
  const reason = refusalFor(approval, person);
  return {
    ...listItemOf(approval),
    ...(description === null ? {} : { description }),
    ...(form === null ? {} : { form }),
    data,
    ...(context === null ? {} : { context }),
    choices: choicesOf(approval),
    mayDecide: reason === null,
    ...(reason === null ? {} : { reason }),
    trail: trailOf(approval),
    ...(outcome === null ? {} : { output: outcome.ok ? outcome.output : outcome.cause }),
  };
}

function choicesOf({ request, progress }: Approval): ApprovalChoiceItem[] {
  return request.choices.map(({ error, ...choice }) => ({
    ...choice,
    ...(error === null ? {} : { error }),
    votes: votesFor(choice.name, progress),
  }));
}

function trailOf({ progress }: Approval): ApprovalTrailItem[] {
  return progress.trail.map(({ at, user, ...entry }) => ({
    date: epochSeconds(at),
    ...(user === null ? {} : { user }),
    ...entry,
  }));
}
