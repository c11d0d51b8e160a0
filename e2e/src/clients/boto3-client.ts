import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Access, type Client, ClientError, type Output, clientEnvironment, readOutput } from './client.ts';

const PROGRAM = fileURLToPath(new URL('boto3-client.py', import.meta.url));

/** A Python that has boto3: Debian's is not always the first on PATH. */
export async function pythonWithBoto3(): Promise<string | null> {
  for (const python of ['/usr/bin/python3', 'python3']) {
    try {
      await promisify(execFile)(python, ['-c', 'import boto3']);
      return python;
    } catch {
      // This one has none; the next may.
    }
  }
  return null;
}

/** boto3 in a process of its own, asked line by line. */
export function startBoto3(python: string, access: Access, dataPath: string, service = 'stepfunctions'): Client {
  const child = spawn(python, [PROGRAM, access.endpoint, service], {
    env: clientEnvironment(access, dataPath),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (request: object): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error('boto3 ended');
    const answer = readOutput(JSON.parse(value));
    if (!('error' in answer)) return answer['output'];
    const { code, message, typed } = readOutput(answer['error']);
    throw new ClientError(String(code), String(message), typed === true);
  };
  return {
    call: async (operation, input): Promise<Output> => readOutput(await ask({ operation, input })),
    async pages(operation, input, { member, size }) {
      const items = await ask({ operation, input, member, size });
      return Array.isArray(items) ? items.map(readOutput) : [];
    },
    async close() {
      const closed = once(child, 'close');
      child.stdin.end();
      await closed;
    },
  };
}
