import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** Hands a task token to whoever reads the file, with what the test is to do about it. */
export async function handler({ token, mode, value, execution }, context) {
  const { idempotencyKey, executionArn } = context.clientContext.custom;
  const records = process.env.RECORDS_DIR;
  const entry = { key: idempotencyKey, executionArn, at: Date.now() };
  appendFileSync(join(records, 'ledger.jsonl'), `${JSON.stringify(entry)}\n`);
  appendFileSync(join(records, 'tokens.jsonl'), `${JSON.stringify({ token, mode, value, execution })}\n`);
  return {};
}
