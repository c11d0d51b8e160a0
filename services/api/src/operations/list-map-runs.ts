import { type PageScope, epochSeconds, operations, positionNumber, positionText } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { findExecution } from '../find-execution.ts';
import { cutPage, pageSize } from '../paging.ts';

export const listMapRunsRoute = route(operations.listMapRuns, async ({ engine, pageTokens }, input) => {
  const scope: PageScope = { operation: 'ListMapRuns', arguments: [input.executionArn] };
  const position = await pageTokens.open(scope, input.nextToken);
  const { executionId } = await findExecution(engine.store, input.executionArn);
  const size = pageSize(input.maxResults);
  const read = await engine.store.listMapRuns({
    executionId,
    ...(position === null
      ? {}
      : { after: { startDate: positionNumber(position, 'startDate'), mapRunId: positionText(position, 'mapRunId') } }),
    limit: size + 1,
  });
  const { items, last } = cutPage(read, size);
  return {
    mapRuns: items.map(({ executionArn, mapRunArn, stateMachineArn, startDate, stopDate }) => ({
      ...{ executionArn, mapRunArn, stateMachineArn, startDate: epochSeconds(startDate) },
      ...(stopDate === null ? {} : { stopDate: epochSeconds(stopDate) }),
    })),
    ...(last === null
      ? {}
      : { nextToken: await pageTokens.seal(scope, { startDate: last.startDate, mapRunId: last.mapRunId }) }),
  };
});
