/** What travels in a NOTIFY, as JSON text. One letter names it, because 8000 bytes must hold many ids. */
export type Message =
  /** A process consumes hints (`free`: it has capacity), or stops doing so. */
  | { readonly kind: 'present'; readonly member: string; readonly free: boolean }
  | { readonly kind: 'gone'; readonly member: string }
  /** A process has come and asks who is there. */
  | { readonly kind: 'who' }
  | { readonly kind: 'hints'; readonly executionIds: readonly string[] }
  | { readonly kind: 'announcement'; readonly from: string; readonly payload: string };

/** Postgres refuses a payload of 8000 bytes. */
export const maxPayloadBytes = 7_900;

export function encode(message: Message): string {
  return JSON.stringify(message);
}

/** null: not one of ours. */
export function decode(text: string): Message | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof value !== 'object' || value === null || !('kind' in value)) return null;
  const fields: {
    kind: unknown;
    member?: unknown;
    free?: unknown;
    executionIds?: unknown;
    from?: unknown;
    payload?: unknown;
  } = value;
  const { kind, member, free, executionIds, from, payload } = fields;
  if (kind === 'who') return { kind };
  if (kind === 'present' && typeof member === 'string' && typeof free === 'boolean') return { kind, member, free };
  if (kind === 'gone' && typeof member === 'string') return { kind, member };
  if (kind === 'hints' && Array.isArray(executionIds)) {
    return { kind, executionIds: executionIds.filter((id): id is string => typeof id === 'string') };
  }
  if (kind === 'announcement' && typeof from === 'string' && typeof payload === 'string')
    return { kind, from, payload };
  return null;
}

/** Packs ids into as few payloads as Postgres allows. */
export function packHints(executionIds: Iterable<string>): string[] {
  const payloads: string[] = [];
  const room = maxPayloadBytes - encode({ kind: 'hints', executionIds: [] }).length;
  let batch: string[] = [];
  let used = 0;
  for (const id of executionIds) {
    const size = Buffer.byteLength(JSON.stringify(id)) + 1;
    if (used + size > room && batch.length > 0) {
      payloads.push(encode({ kind: 'hints', executionIds: batch }));
      batch = [];
      used = 0;
    }
    batch.push(id);
    used += size;
  }
  if (batch.length > 0) payloads.push(encode({ kind: 'hints', executionIds: batch }));
  return payloads;
}
