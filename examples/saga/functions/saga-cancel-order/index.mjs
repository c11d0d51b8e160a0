import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The books of this service: every change with its key, so that one that comes twice counts once. */
function book(entry) {
  mkdirSync(process.env.RECORDS_DIR, { recursive: true });
  appendFileSync(join(process.env.RECORDS_DIR, 'books.jsonl'), `${JSON.stringify(entry)}\n`);
}

/** Puts the goods of an order back. */
export async function handler({ orderId, items }) {
  book({ key: `${orderId}/cancel-order`, what: 'items', change: -items.length });
  return { released: items.length };
}
