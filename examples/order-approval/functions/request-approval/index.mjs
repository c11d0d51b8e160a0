import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Asks a person. A real one sends a mail or a chat message with the task token behind two buttons; this one puts the
 * request into a file, where approve.mjs and run.mjs find it.
 */
export async function handler(request) {
  const records = process.env.RECORDS_DIR;
  mkdirSync(records, { recursive: true });
  appendFileSync(join(records, 'approvals.jsonl'), `${JSON.stringify({ ...request, at: new Date().toISOString() })}\n`);
  return { asked: request.level };
}
