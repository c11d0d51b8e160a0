import { releaseApproval } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { personOf } from '../approval-items.ts';

export const releaseApprovalRoute = route(operations.releaseApproval, async (context, { approvalArn }) => {
  await releaseApproval(context.engine, approvalArn, personOf(context));
  return {};
});
