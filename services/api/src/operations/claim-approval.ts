import { claimApproval } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { personOf } from '../approval-items.ts';

export const claimApprovalRoute = route(operations.claimApproval, async (context, { approvalArn, force = false }) => {
  await claimApproval(context.engine, approvalArn, { person: personOf(context), force });
  return {};
});
