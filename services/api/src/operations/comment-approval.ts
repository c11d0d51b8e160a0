import { commentApproval } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { personOf } from '../approval-items.ts';

export const commentApprovalRoute = route(operations.commentApproval, async (context, { approvalArn, comment }) => {
  await commentApproval(context.engine, approvalArn, { person: personOf(context), comment });
  return {};
});
