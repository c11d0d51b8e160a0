import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/**
 * Charges a card. A real payment provider is given the idempotency key, so that a call repeated after a crash charges
 * once. This one writes every invocation with its key into a ledger and hides no repetition: the ledger is the proof.
 */
export async function handler({ execution, orderId, card, amountsCents }, context) {
  const { idempotencyKey } = context.clientContext.custom;
  const records = process.env.RECORDS_DIR;
  mkdirSync(records, { recursive: true });
  const entry = { execution, orderId, idempotencyKey, requestId: context.awsRequestId, at: new Date().toISOString() };
  appendFileSync(join(records, 'ledger.jsonl'), `${JSON.stringify(entry)}\n`);
  // The provider takes its time.
  await setTimeout(30);
  if (card === 'tok_declined') {
    const declined = new Error(`The bank declined the card of ${orderId}.`);
    declined.name = 'CardDeclined';
    throw declined;
  }
  const amountCents = amountsCents.reduce((sum, amount) => sum + amount, 0);
  return { chargeId: `ch_${idempotencyKey.replaceAll('-', '').slice(-12)}`, amountCents };
}
