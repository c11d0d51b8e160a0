import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The books of this service: every change with its key, so that one that comes twice counts once. */
function book(entry) {
  mkdirSync(process.env.RECORDS_DIR, { recursive: true });
  appendFileSync(join(process.env.RECORDS_DIR, 'books.jsonl'), `${JSON.stringify(entry)}\n`);
}

/** What was tried for an order before: this bank answers the third time only. */
const tries = new Map();

/** Gives the money back. A step that undoes another one is tried until it succeeds: the state machine sees to that. */
export async function handler({ orderId, payment, bank }) {
  tries.set(orderId, (tries.get(orderId) ?? 0) + 1);
  if (bank === 'slow' && tries.get(orderId) < 3) {
    const away = new Error('The bank does not answer.');
    away.name = 'BankAway';
    throw away;
  }
  book({ key: `${orderId}/refund`, what: 'cents', change: -payment.amountCents });
  return { refundId: `re_${orderId}`, amountCents: payment.amountCents };
}
