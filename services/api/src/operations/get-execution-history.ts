import { type PageScope, operations, positionNumber } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { findExecution } from '../find-execution.ts';
import { onTheWire, readHistoryPage, withoutData } from '../history-wire.ts';
import { pageSize } from '../paging.ts';

export const getExecutionHistoryRoute = route(operations.getExecutionHistory, async ({ engine, pageTokens }, input) => {
  const reverse = input.reverseOrder ?? false;
  const scope: PageScope = { operation: 'GetExecutionHistory', arguments: [input.executionArn, reverse] };
  const position = await pageTokens.open(scope, input.nextToken);
  const { executionId } = await findExecution(engine.store, input.executionArn);
  const { events, next } = await readHistoryPage(engine.store, {
    executionId,
    reverse,
    from: position === null ? undefined : positionNumber(position, 'from'),
    limit: pageSize(input.maxResults),
  });
  const withData = input.includeExecutionData ?? true;
  return {
    events: events.map((event) => (withData ? onTheWire(event) : withoutData(onTheWire(event)))),
    ...(next === null ? {} : { nextToken: await pageTokens.seal(scope, { from: next }) }),
  };
});
