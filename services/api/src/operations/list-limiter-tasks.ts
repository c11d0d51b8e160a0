import { type LimiterTask, requireLimiter } from '@everstep/engine';
import {
  type PagePosition,
  epochSeconds,
  limiterArn,
  operations,
  positionNumber,
  positionText,
} from '@everstep/protocol';
import { route } from '../api-context.ts';
import { cutPage, pageSize } from '../paging.ts';

const STATES = { WAITING: 'waiting', PERMITTED: 'permitted' } as const;

export const listLimiterTasksRoute = route(operations.listLimiterTasks, async ({ engine, pageTokens }, input) => {
  const { name, statusFilter, nextToken } = input;
  const scope = { operation: 'ListLimiterTasks', arguments: [name, statusFilter] };
  const position = await pageTokens.open(scope, nextToken);
  const arn = limiterArn(engine.settings, name);
  await requireLimiter(engine, arn);
  const size = pageSize(input.maxResults);
  const read = await engine.store.listLimiterTasks({
    limiterArn: arn,
    state: statusFilter === undefined ? 'any' : STATES[statusFilter],
    ...(position === null ? {} : { after: placeOf(position) }),
    limit: size + 1,
  });
  const { items, last } = cutPage(read, size);
  return {
    tasks: items.map(listItem),
    ...(last === null ? {} : { nextToken: await pageTokens.seal(scope, placeIn(last)) }),
  };
});

function placeIn({ since, executionId, taskId }: LimiterTask): PagePosition {
  return { since, executionId, taskId };
}

function placeOf(position: PagePosition): Pick<LimiterTask, 'since' | 'executionId' | 'taskId'> {
  return {
    since: positionNumber(position, 'since'),
    executionId: positionText(position, 'executionId'),
    taskId: positionNumber(position, 'taskId'),
  };
}

function listItem(task: LimiterTask): operations.LimiterTaskListItem {
  const { executionArn, stateMachineArn, taskId, stateName, key, priority, since, grantedAt } = task;
  return {
    executionArn,
    stateMachineArn,
    taskId,
    ...(stateName === null ? {} : { stateName }),
    key,
    priority,
    status: grantedAt === null ? 'WAITING' : 'PERMITTED',
    waitingDate: epochSeconds(since),
    ...(grantedAt === null ? {} : { permitDate: epochSeconds(grantedAt) }),
  };
}
