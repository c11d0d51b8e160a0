import { delegateApproval } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { personOf } from '../approval-items.ts';

export const delegateApprovalRoute = route(
  operations.delegateApproval,
  async (context, { approvalArn, ...request }) => {
    await delegateApproval(context.engine, approvalArn, { ...request, person: personOf(context) });
    return {};
  },
);
