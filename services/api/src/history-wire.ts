import type { ExecutionStore } from '@everstep/engine';
import type { HistoryEvent } from '@everstep/language';
import { QUOTAS, epochSeconds } from '@everstep/protocol';

/** Events read from the store at first: each may carry 256 KiB of data. */
const READ_AT_ONCE = 50;
/** Small ones, as most are, are read by so many bytes at once: a store reads all of a commit's to answer a few of them. */
const READ_BYTES = 4 * 1_048_576;

export interface HistoryPageQuery {
  readonly executionId: string;
  readonly reverse: boolean;
  readonly from: number | undefined;
  readonly limit: number;
}

/** A page ends at its limit of events or of bytes, whichever comes first. `next`: the id of the event after it. */
export async function readHistoryPage(
  store: Pick<ExecutionStore, 'readHistory'>,
  query: HistoryPageQuery,
): Promise<{ events: HistoryEvent[]; next: number | null }> {
  const events: HistoryEvent[] = [];
  let bytes = 0;
  let from = query.from;
  for (;;) {
    const usual = events.length === 0 ? READ_AT_ONCE : Math.floor(READ_BYTES / (bytes / events.length));
    const limit = Math.min(Math.max(READ_AT_ONCE, usual), query.limit + 1 - events.length);
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

export function onTheWire(event: HistoryEvent): HistoryEvent {
  return { ...event, timestamp: epochSeconds(event.timestamp) };
}

const DATA_MEMBERS: ReadonlySet<string> = new Set(['input', 'inputDetails', 'output', 'outputDetails']);
/** What a list of events does without, on top: what was sent to a task, and what variables became. */
const LARGE_MEMBERS: ReadonlySet<string> = new Set([...DATA_MEMBERS, 'parameters', 'assignedVariables']);

/** Without what went in and came out; everything else of an event's details stays. */
export function withoutData(event: HistoryEvent): HistoryEvent {
  return withoutMembers(event, DATA_MEMBERS);
}

/** As a list or a stream of many events has it. */
export function withoutLargeData(event: HistoryEvent): HistoryEvent {
  return withoutMembers(event, LARGE_MEMBERS);
}

function withoutMembers(event: HistoryEvent, members: ReadonlySet<string>): HistoryEvent {
  const { id, previousEventId, timestamp, type, ...details } = event;
  const bare = Object.entries(details).map(([name, given]) => [
    name,
    Object.fromEntries(Object.entries(given).filter(([member]) => !members.has(member))),
  ]);
  return { id, previousEventId, timestamp, type, ...Object.fromEntries(bare) };
}
