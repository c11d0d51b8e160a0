import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { decisionAnswer, personOf } from '../approval-items.ts';

export const decideApprovalRoute = route(operations.decideApproval, async (context, { approvalArn, ...request }) =>
  decisionAnswer(context.engine, approvalArn, { ...request, person: personOf(context) }),
);
