import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionsBench, nodejs, openFunctionsBench, python } from './testing/functions-bench.ts';

const PROGRAM = fileURLToPath(new URL('testing/lone-host.ts', import.meta.url));

let bench: FunctionsBench;
beforeAll(async () => {
  bench = await openFunctionsBench();
  const spinning = 'export const handler = () => { console.log(`pid ${process.pid}`); for (;;); };';
  await bench.define('spinning', nodejs(spinning), { timeoutSeconds: 900 });
  await bench.define('idle', nodejs('export const handler = () => { console.log(`pid ${process.pid}`); };'));
  const sleeping =
    'import os, time\ndef lambda_handler(event, context):\n  print("pid", os.getpid())\n  time.sleep(900)\n';
  await bench.define('sleeping', python(sleeping), { timeoutSeconds: 900 });
});
afterAll(() => bench?.close());

describe('a host that is killed', () => {
  it.runIf(process.platform === 'linux').each(['idle', 'spinning', 'sleeping'])(
    'leaves no process of %s behind',
    async (name) => {
      const words = ['--conditions=everstep-source', PROGRAM, bench.functionsDir, name];
      const host = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
      const lines = createInterface({ input: host.stdout })[Symbol.asyncIterator]();
      const { value } = await lines.next();
      const pid = Number(String(value).replace('pid ', ''));
      // It has answered by then, and is warm.
      if (name === 'idle') await lines.next();
      expect(isRunning(pid)).toBe(true);
      host.kill('SIGKILL');
      await once(host, 'exit');
      await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
    },
    60_000,
  );
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
