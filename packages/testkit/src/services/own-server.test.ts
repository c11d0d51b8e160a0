import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Starts a long-lived server in a process of its own, which then dies as SIGKILL makes it: without a word. */
const program = `
  const { OwnServer } = await import(process.argv[1]);
  const server = await OwnServer.create('killed', null);
  let pid = 0;
  await server.start({
    file: process.execPath,
    arguments: ['-e', 'setInterval(() => undefined, 1000)'],
    ready: async (child) => { pid = child; return true; },
  });
  process.stdout.write(JSON.stringify({ folder: server.folder, pid }), () => process.kill(process.pid, 'SIGKILL'));
`;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a test process that is killed leaves neither its server nor its folder', async () => {
  const url = new URL('own-server.ts', import.meta.url).href;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, url]);
  const output = await run.then(
    () => '',
    (error: unknown) =>
      typeof error === 'object' && error !== null && 'stdout' in error ? String(error.stdout) : String(error),
  );
  const left: unknown = JSON.parse(output);
  if (typeof left !== 'object' || left === null || !('folder' in left) || !('pid' in left)) throw new Error(output);
  const { folder, pid } = { folder: String(left.folder), pid: Number(left.pid) };
  await expect.poll(() => alive(pid), { timeout: 10_000 }).toBe(false);
  const present = () =>
    access(folder).then(
      () => true,
      () => false,
    );
  await expect.poll(present, { timeout: 10_000 }).toBe(false);
});
