import { type HistoryQuery, splitJsonArray } from '@everstep/engine';
import type { Database } from './database.ts';
import { statement } from './statement.ts';

interface ChunkRow {
  readonly first_event_id: number;
  readonly last_event_id: number;
  readonly events: string;
}

/** Chunks fetched at a time: most hold several events. */
const CHUNKS = 50;
const LAST = 2_147_483_647;

// Begins with the chunk that holds the event, found by the index, however long the history before it is.
const chunksFrom = statement<ChunkRow>(
  'history_from',
  `select first_event_id, last_event_id, events from history
   where execution_id = $1::uuid and first_event_id >= coalesce((
     select max(first_event_id) from history where execution_id = $1::uuid and first_event_id <= $2), 0)
   order by first_event_id limit $3`,
);

const chunksDownFrom = statement<ChunkRow>(
  'history_down_from',
  `select first_event_id, last_event_id, events from history
   where execution_id = $1::uuid and first_event_id <= $2 order by first_event_id desc limit $3`,
);

export async function readHistory(database: Database, query: HistoryQuery): Promise<string[]> {
  const { executionId, limit, reverse } = query;
  const page: string[] = [];
  let from = query.from ?? (reverse ? LAST : 1);
  while (page.length < limit) {
    const chunks = await database.read(reverse ? chunksDownFrom : chunksFrom, [
      executionId,
      from,
      Math.min(CHUNKS, limit - page.length + 1),
    ]);
    const start = from;
    for (const chunk of chunks) {
      const events = splitJsonArray(chunk.events);
      if (reverse) {
        page.push(...events.slice(0, Math.max(0, start - chunk.first_event_id + 1)).reverse());
        from = chunk.first_event_id - 1;
      } else {
        page.push(...events.slice(Math.max(0, start - chunk.first_event_id)));
        from = chunk.last_event_id + 1;
      }
    }
    // Ends where the last chunk read brought nothing further.
    if (chunks.length === 0 || from === start) break;
  }
  return page.slice(0, limit);
}
