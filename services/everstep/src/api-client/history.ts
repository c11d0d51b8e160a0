import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { ShownEvent } from '../offline/history-printer.ts';
import type { Connection } from './connection.ts';

const PAGE = 1000;

/** The events after `afterId`, ascending: read from the end, so that a look costs what is new. */
export async function eventsAfter(
  { sdk, client }: Connection,
  executionArn: string,
  options: { readonly afterId: number; readonly includeExecutionData?: boolean },
): Promise<HistoryEvent[]> {
  const { afterId, includeExecutionData = true } = options;
  const found: HistoryEvent[] = [];
  const request = { executionArn, reverseOrder: true, includeExecutionData };
  for await (const { events = [] } of sdk.paginateGetExecutionHistory({ client, pageSize: PAGE }, request)) {
    found.push(...events.filter(({ id = 0 }) => id > afterId));
    if ((events.at(-1)?.id ?? 0) <= afterId) break;
  }
  return found.reverse();
}

export function shownEvent(event: HistoryEvent): ShownEvent {
  const { id = 0, previousEventId = 0, timestamp, type = 'TaskScheduled' } = event;
  return { ...event, id, previousEventId, timestamp: timestamp?.getTime() ?? 0, type };
}

/** An event as AWS's JSON, on one line. */
export function eventText(event: HistoryEvent): string {
  return JSON.stringify({ ...event, timestamp: (event.timestamp?.getTime() ?? 0) / 1000 });
}
