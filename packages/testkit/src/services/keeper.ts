import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * A process of its own that outlives the test process and cleans up behind it: `node keeper.ts <folder>`. Its standard
 * input names the server to end (`pid <number>`, the last one counts). Once that input ends, however its writer died,
 * it ends the server and removes the folder.
 */
const folder = process.argv[2];
const graceMs = 3_000;
let serverPid: number | null = null;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else. Anything else (ESRCH) means that it is gone.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function end(pid: number): Promise<void> {
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    if (!alive(pid)) return;
    process.kill(pid, signal);
    const deadline = performance.now() + graceMs;
    while (alive(pid) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
for await (const line of createInterface({ input: process.stdin })) {
  const pid = /^pid (\d+)$/.exec(line)?.[1];
  if (pid !== undefined) serverPid = Number(pid);
  else if (line === 'stopped') serverPid = null;
}
if (serverPid !== null) await end(serverPid);
if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
