import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The books of this service: every change with its key, so that one that comes twice counts once. */
function book(entry) {
  mkdirSync(process.env.RECORDS_DIR, { recursive: true });
  appendFileSync(join(process.env.RECORDS_DIR, 'books.jsonl'), `${JSON.stringify(entry)}\n`);
}

/** Takes the money. */
export async function handler({ orderId, amountCents, card }) {
  if (card === 'declined') {
    const declined = new Error(`The bank declined the card of ${orderId}.`);
    declined.name = 'CardDeclined';
    throw declined;
  }
  book({ key: `${orderId}/charge`, what: 'cents', change: amountCents });
  return { chargeId: `ch_${orderId}`, amountCents };
}
