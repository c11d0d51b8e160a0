import type { ExecutionStore } from '@everstep/engine';
import type { HistoryEvent } from '@everstep/language';
import { type PageScope, QUOTAS, epochSeconds, operations, positionNumber } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { findExecution } from '../find-execution.ts';
import { pageSize } from '../paging.ts';

/** Events read from the store at once: each may carry 256 KiB of data. */
const READ_AT_ONCE = 50;

export const getExecutionHistoryRoute = route(operations.getExecutionHistory, async ({ engine, pageTokens }, input) => {
  const reverse = input.reverseOrder ?? false;
  const scope: PageScope = { operation: 'GetExecutionHistory', arguments: [input.executionArn, reverse] };
  const position = await pageTokens.open(scope, input.nextToken);
  const { executionId } = await findExecution(engine.store, input.executionArn);
  const { events, next } = await readPage(engine.store, {
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

interface PageQuery {
  readonly executionId: string;
  readonly reverse: boolean;
  readonly from: number | undefined;
  readonly limit: number;
}

/** A page ends at its limit of events or of bytes, whichever comes first. `next`: the id of the event after it. */
async function readPage(
  store: Pick<ExecutionStore, 'readHistory'>,
  query: PageQuery,
): Promise<{ events: HistoryEvent[]; next: number | null }> {
  const events: HistoryEvent[] = [];
  let bytes = 0;
  let from = query.from;
  for (;;) {
    const limit = Math.min(READ_AT_ONCE, query.limit + 1 - events.length);
    const { executionId, reverse } = query;
    const texts = await store.readHistory({ executionId, reverse, limit, ...(from === undefined ? {} : { from }) });
    for (const text of texts) {
      const event: HistoryEvent = JSON.parse(text);
      bytes += text.length;
      const isFull = events.length === query.limit || (events.length > 0 && bytes > QUOTAS.historyPageBytes);
      if (isFull) return { events, next: event.id };
      events.push(event);
    }
    const last = events.at(-1);
    if (last === undefined || texts.length < limit) return { events, next: null };
    from = reverse ? last.id - 1 : last.id + 1;
    if (from < 1) return { events, next: null };
  }
}

function onTheWire(event: HistoryEvent): HistoryEvent {
  return { ...event, timestamp: epochSeconds(event.timestamp) };
}

const DATA_MEMBERS: ReadonlySet<string> = new Set(['input', 'inputDetails', 'output', 'outputDetails']);

/** Without what went in and came out; everything else of an event's details stays. */
function withoutData(event: HistoryEvent): HistoryEvent {
  const { id, previousEventId, timestamp, type, ...details } = event;
  const bare = Object.entries(details).map(([name, members]) => [
    name,
    Object.fromEntries(Object.entries(members).filter(([member]) => !DATA_MEMBERS.has(member))),
  ]);
  return { id, previousEventId, timestamp, type, ...Object.fromEntries(bare) };
}
