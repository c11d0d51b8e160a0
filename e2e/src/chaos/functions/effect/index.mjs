import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/**
 * One effect on the world, written into the ledger under its idempotency key before anything else happens. Its answer
 * depends on the request alone: `attempt` counts the repetitions that the state machine made, never those of a crash.
 */
export async function handler({ value, failures = 0, attempt = 0 }, context) {
  const { idempotencyKey, executionArn } = context.clientContext.custom;
  const entry = { key: idempotencyKey, executionArn, at: Date.now() };
  appendFileSync(join(process.env.RECORDS_DIR, 'ledger.jsonl'), `${JSON.stringify(entry)}\n`);
  // Some take long enough for a kill or a freeze to fall into them.
  await setTimeout(value % 4 === 0 ? 400 : 10);
  if (attempt < failures) {
    const error = new Error(`attempt ${attempt} of ${failures} that fail`);
    error.name = 'Flaky';
    throw error;
  }
  return { value: value * 2 + 1 };
}
