import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SFNClient } from '@aws-sdk/client-sfn';

export const here = dirname(fileURLToPath(import.meta.url));
export const STATE_MACHINE = 'order-approval';

/** Where the functions of this example keep their ledger and their requests for approval. */
export function recordsDir() {
  return join(resolve(process.env.EVERSTEP_DATA_DIR ?? join(here, '../../.everstep')), 'order-approval');
}

/** An unmodified AWS SDK client; credentials are only made up where none are set. */
export function createClient(endpoint) {
  process.env.AWS_ACCESS_KEY_ID ??= 'local';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
  return new SFNClient({ endpoint, region: process.env.EVERSTEP_REGION ?? 'us-east-1', disableHostPrefix: true });
}

export function defaultEndpoint() {
  return process.env.AWS_ENDPOINT_URL_SFN ?? `http://127.0.0.1:${process.env.EVERSTEP_PORT ?? 8083}`;
}

/** The lines of a JSON Lines file; none where it does not exist yet. A line still being written is left for later. */
export async function readLines(path) {
  const text = await readFile(path, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The newest request for approval of each execution and level, by task token. */
export async function readApprovals() {
  const byToken = new Map();
  for (const request of await readLines(join(recordsDir(), 'approvals.jsonl'))) byToken.set(request.taskToken, request);
  return [...byToken.values()];
}

/** The script's own patience: what the server's restart interrupts is sent again, for at most five minutes. */
export async function persist(call) {
  const until = Date.now() + 300_000;
  for (let repeated = false; ; repeated = true) {
    try {
      return await call(repeated);
    } catch (error) {
      const status = error.$metadata?.httpStatusCode;
      const answered = status !== undefined && status < 500;
      if (answered || Date.now() > until) throw error;
      await new Promise((wake) => setTimeout(wake, 200));
    }
  }
}

export function euros(cents) {
  return `EUR ${(cents / 100).toFixed(2)}`;
}
