import { type HistoryQuery, splitJsonArray } from '@everstep/engine';
import type { HistoryChunk } from './state.ts';

/** Pages through chunks; only those on the page are taken apart. */
export function readHistory(chunks: readonly HistoryChunk[], { from, limit, reverse }: HistoryQuery): string[] {
  const page: string[] = [];
  const last = chunks.at(-1);
  if (last === undefined || limit <= 0) return page;
  const start = from ?? (reverse ? last.lastEventId : 1);
  let index = chunkIndex(chunks, Math.min(start, last.lastEventId));
  if (!reverse && start > last.lastEventId) return page;
  while (page.length < limit) {
    const chunk = chunks[index];
    if (chunk === undefined) break;
    const events = splitJsonArray(chunk.events);
    if (reverse) page.push(...events.slice(0, Math.max(0, start - chunk.firstEventId + 1)).toReversed());
    else page.push(...events.slice(Math.max(0, start - chunk.firstEventId)));
    index += reverse ? -1 : 1;
  }
  return page.slice(0, limit);
}

/** The chunk that holds the event id, which lies between the first and the last one. */
function chunkIndex(chunks: readonly HistoryChunk[], eventId: number): number {
  let low = 0;
  let high = chunks.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const chunk = chunks[middle];
    if (chunk !== undefined && chunk.lastEventId < eventId) low = middle + 1;
    else high = middle;
  }
  return low;
}
