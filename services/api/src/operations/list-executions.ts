import { type ExecutionRecord, findStateMachine } from '@everstep/engine';
import { ApiError, type PageScope, epochSeconds, operations, positionNumber, positionText } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { cutPage, pageSize } from '../paging.ts';

export const listExecutionsRoute = route(operations.listExecutions, async ({ engine, pageTokens }, input) => {
  const { stateMachineArn, mapRunArn, statusFilter } = input;
  if (stateMachineArn === undefined) {
    // There are no Map Runs, so none has the ARN.
    throw new ApiError('ResourceNotFound', `Resource not found: '${mapRunArn ?? ''}'`);
  }
  const scope: PageScope = { operation: 'ListExecutions', arguments: [stateMachineArn, statusFilter] };
  const position = await pageTokens.open(scope, input.nextToken);
  const machine = await findStateMachine(engine, stateMachineArn);
  if (machine.type === 'EXPRESS') {
    throw new ApiError(
      'StateMachineTypeNotSupported',
      `This operation is not supported by this type of state machine: '${stateMachineArn}'`,
    );
  }
  const size = pageSize(input.maxResults);
  const read = await engine.store.listExecutions({
    stateMachineArn,
    ...(statusFilter === undefined ? {} : { status: statusFilter }),
    ...(position === null
      ? {}
      : {
          after: {
            startDate: positionNumber(position, 'startDate'),
            executionId: positionText(position, 'executionId'),
          },
        }),
    limit: size + 1,
  });
  const { items, last } = cutPage(read, size);
  return {
    executions: items.map(listItem),
    ...(last === null
      ? {}
      : {
          nextToken: await pageTokens.seal(scope, { startDate: last.startDate, executionId: last.executionId }),
        }),
  };
});

function listItem(execution: ExecutionRecord): Parameters<typeof operations.listExecutions.encode>[0]['executions'][0] {
  return {
    executionArn: execution.executionArn,
    stateMachineArn: execution.stateMachineArn,
    name: execution.name,
    status: execution.status,
    startDate: epochSeconds(execution.startDate),
    ...(execution.stopDate === null ? {} : { stopDate: epochSeconds(execution.stopDate) }),
    redriveCount: execution.redriveCount,
    ...(execution.redriveDate === null ? {} : { redriveDate: epochSeconds(execution.redriveDate) }),
  };
}
