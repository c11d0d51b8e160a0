import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The books of this service: every change with its key, so that one that comes twice counts once. */
function book(entry) {
  mkdirSync(process.env.RECORDS_DIR, { recursive: true });
  appendFileSync(join(process.env.RECORDS_DIR, 'books.jsonl'), `${JSON.stringify(entry)}\n`);
}

/** Sets the goods of an order aside. */
export async function handler({ orderId, items }) {
  const missing = items.find((item) => item.endsWith('-GONE'));
  if (missing !== undefined) {
    const soldOut = new Error(`${missing} is sold out.`);
    soldOut.name = 'SoldOut';
    throw soldOut;
  }
  book({ key: `${orderId}/order`, what: 'items', change: items.length });
  return { reserved: items.length };
}
