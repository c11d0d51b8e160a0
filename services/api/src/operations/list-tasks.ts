import { approvalArnOf, findStateMachine, type WaitingTask } from '@everstep/engine';
import { formatTaskToken } from '@everstep/language';
import { epochSeconds, machineTarget, operations, positionNumber, positionText } from '@everstep/protocol';
import { type ApiContext, route } from '../api-context.ts';
import { cutPage, pageSize } from '../paging.ts';

export const listTasksRoute = route(operations.listTasks, async ({ engine, pageTokens }, input) => {
  const { stateMachineArn: given, nextToken } = input;
  const stateMachineArn = given === undefined ? undefined : machineTarget(given).stateMachineArn;
  const scope = { operation: 'ListTasks', arguments: [stateMachineArn] };
  const position = await pageTokens.open(scope, nextToken);
  if (stateMachineArn !== undefined) await findStateMachine(engine, stateMachineArn);
  const size = pageSize(input.maxResults);
  const read = await engine.store.listWaitingTasks({
    accountId: engine.settings.accountId,
    ...(stateMachineArn === undefined ? {} : { stateMachineArn }),
    ...(position === null
      ? {}
      : { after: { executionId: positionText(position, 'executionId'), taskId: positionNumber(position, 'taskId') } }),
    limit: size + 1,
  });
  const { items, last } = cutPage(read, size);
  return {
    tasks: await Promise.all(items.map((task) => listItem(engine, task))),
    ...(last === null
      ? {}
      : { nextToken: await pageTokens.seal(scope, { executionId: last.executionId, taskId: last.taskId }) }),
  };
});

async function listItem(engine: ApiContext['engine'], task: WaitingTask): Promise<operations.TaskListItem> {
  const { executionId, taskId, executionArn, stateMachineArn, stateName, openedAt, deadline } = task;
  return {
    taskToken: formatTaskToken(executionId, taskId, await engine.taskTokens.keyOf(executionId)),
    executionArn,
    stateMachineArn,
    stateName,
    openedDate: epochSeconds(openedAt),
    ...(task.isApproval ? { approvalArn: approvalArnOf(task) } : {}),
    ...(deadline === null ? {} : { timeoutDate: epochSeconds(deadline) }),
  };
}
