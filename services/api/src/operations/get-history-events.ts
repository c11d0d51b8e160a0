import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { findExecution } from '../find-execution.ts';
import { onTheWire, readHistoryPage, withoutLargeData } from '../history-wire.ts';
import { pageSize } from '../paging.ts';

export const getHistoryEventsRoute = route(operations.getHistoryEvents, async ({ engine }, input) => {
  const { executionArn, fromEventId, reverseOrder = false, includeExecutionData = false } = input;
  const { executionId } = await findExecution(engine.store, executionArn);
  const { events, next } = await readHistoryPage(engine.store, {
    executionId,
    reverse: reverseOrder,
    from: fromEventId,
    limit: pageSize(input.maxResults),
  });
  return {
    events: events.map((event) => (includeExecutionData ? onTheWire(event) : withoutLargeData(onTheWire(event)))),
    ...(next === null ? {} : { nextEventId: next }),
  };
});
