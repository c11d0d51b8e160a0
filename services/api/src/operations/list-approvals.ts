import { type ApprovalRecord, approvalArnOf, readApproval } from '@everstep/engine';
import {
  ApiError,
  type ApprovalListItem,
  epochSeconds,
  machineTarget,
  operations,
  positionNumber,
  positionText,
} from '@everstep/protocol';
import { type ApiContext, route } from '../api-context.ts';
import { listItemOf, personOf } from '../approval-items.ts';
import { findExecution } from '../find-execution.ts';
import { cutPage, pageSize } from '../paging.ts';

export const listApprovalsRoute = route(operations.listApprovals, async (context, input) => {
  const { engine, pageTokens } = context;
  const { scope = 'ALL', status = 'OPEN', stateMachineArn: given, executionArn } = input;
  const stateMachineArn = given === undefined ? undefined : machineTarget(given).stateMachineArn;
  const pages = { operation: 'ListApprovals', arguments: [scope, status, stateMachineArn, executionArn] };
  const position = await pageTokens.open(pages, input.nextToken);
  const people = peopleFor(context, scope);
  const size = pageSize(input.maxResults);
  const read = await engine.store.listApprovals({
    accountId: engine.settings.accountId,
    open: status === 'OPEN',
    ...(people === null ? {} : { people }),
    ...(stateMachineArn === undefined ? {} : { stateMachineArn }),
    ...(executionArn === undefined
      ? {}
      : { executionId: (await findExecution(engine.store, executionArn)).executionId }),
    ...(position === null
      ? {}
      : {
          after: {
            rank: positionNumber(position, 'rank'),
            executionId: positionText(position, 'executionId'),
            taskId: positionNumber(position, 'taskId'),
          },
        }),
    limit: size + 1,
  });
  const { items, last } = cutPage(read, size);
  const { rank = 0, executionId = '', taskId = 0 } = last ?? {};
  return {
    approvals: items.map(itemOf),
    ...(last === null ? {} : { nextToken: await pageTokens.seal(pages, { rank, executionId, taskId }) }),
  };
});

/** null: everybody's. */
function peopleFor(context: ApiContext, scope: 'MINE' | 'GROUPS' | 'ALL'): string[] | null {
  const { name, groups, isAnybody } = personOf(context);
  if (scope === 'ALL' || isAnybody) return null;
  return scope === 'MINE' ? [`user:${name}`] : [...groups.map((group) => `group:${group}`), '*'];
}

/** Without what its key hides, where the key is gone. */
function itemOf(record: ApprovalRecord): ApprovalListItem {
  try {
    return listItemOf(readApproval(record));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { executionArn, stateMachineArn, status, createdAt, people } = record;
    return {
      approvalArn: approvalArnOf(record),
      ...{ status, stateMachineArn, executionArn, stateName: '', creationDate: epochSeconds(createdAt) },
      assignees: people.flatMap((one) => (one.startsWith('user:') ? [one.slice('user:'.length)] : [])),
      groups: people.flatMap((one) => (one.startsWith('group:') ? [one.slice('group:'.length)] : [])),
      ...{ decisions: 0, quorum: 1, escalated: false },
    };
  }
}
