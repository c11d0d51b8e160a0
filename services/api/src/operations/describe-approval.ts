import { findApproval } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { descriptionOf, personOf } from '../approval-items.ts';

export const describeApprovalRoute = route(operations.describeApproval, async (context, { approvalArn }) =>
  descriptionOf(await findApproval(context.engine, approvalArn), personOf(context)),
);
