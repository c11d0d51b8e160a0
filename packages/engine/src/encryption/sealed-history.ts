import { splitJsonArray } from '../json-array.ts';
import { isObject, parseJson } from '@everstep/language';
import type { HistoryQuery } from '../ports/execution-store.ts';
import type { RunCommit } from '../ports/run-store.ts';
import type { SealScope } from './key-in-use.ts';
import { type Sealer, BrokenSealError } from './sealer.ts';
import { placeOf } from './sealed-records.ts';

const SEALED_EVENT = '{"id":';
const SEALED_MEMBER = ',"sealed":"everstep-';

/** Each event by itself, as a page of the history may begin with any. */
export function sealHistory(
  sealer: Sealer,
  scope: SealScope,
  executionId: string,
  history: NonNullable<RunCommit['history']>,
): NonNullable<RunCommit['history']> {
  const { firstEventId } = history;
  const events = splitJsonArray(history.events).map((text, index) => {
    const id = firstEventId + index;
    return JSON.stringify({ id, sealed: sealer.seal(scope, placeOf(executionId, 'event', id), text) });
  });
  return { ...history, events: `[${events.join(',')}]` };
}

/** The events of a page; one that was put out of its order is a broken seal. */
export function openHistory(sealer: Sealer, query: HistoryQuery, texts: readonly string[]): string[] {
  const { executionId, reverse } = query;
  // A reverse page begins with the last event there is.
  let expected = reverse ? null : (query.from ?? 1);
  return texts.map((text) => {
    const found = sealedEvent(text);
    const id = found?.id ?? expected;
    if (found !== null && expected !== null && found.id !== expected) {
      throw new BrokenSealError(placeOf(executionId, 'event', found.id));
    }
    if (id !== null) expected = id + (reverse ? -1 : 1);
    return found === null ? text : sealer.open(placeOf(executionId, 'event', found.id), found.sealed);
  });
}

function sealedEvent(text: string): { readonly id: number; readonly sealed: string } | null {
  if (!text.startsWith(SEALED_EVENT)) return null;
  const end = text.indexOf(',');
  if (!text.startsWith(SEALED_MEMBER, end)) return null;
  const event = parseJson(text);
  if (!isObject(event) || typeof event['id'] !== 'number' || typeof event['sealed'] !== 'string') return null;
  return { id: event['id'], sealed: event['sealed'] };
}
