import { readFile } from 'node:fs/promises';

/** How often memory is looked at, in milliseconds. */
const EVERY_MS = 250;
const MAX_PROCESSES = 256;

/**
 * Tells when a process and what it has started hold more memory of their own than allowed: anonymous and shared memory,
 * not the pages of programs and files, which cost the machine nothing extra. Only Linux tells; elsewhere nothing happens.
 */
export function watchMemory(pid: number, limitBytes: number, exceeded: () => void): () => void {
  if (process.platform !== 'linux') return () => undefined;
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    ownMemory(pid)
      .then((bytes) => {
        if (bytes > limitBytes) exceeded();
      })
      .catch(() => undefined)
      .finally(() => (isLooking = false));
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Bytes of a process with its descendants; 0 where it has ended or this machine does not tell. */
export async function ownMemory(pid: number): Promise<number> {
  const pending = [pid];
  let bytes = 0;
  for (let count = 0; count < MAX_PROCESSES; count += 1) {
    const next = pending.pop();
    if (next === undefined) break;
    const status = await readFile(`/proc/${next}/status`, 'latin1').catch(() => '');
    for (const [, kilobytes] of status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)) bytes += Number(kilobytes) * 1024;
    const children = await readFile(`/proc/${next}/task/${next}/children`, 'latin1').catch(() => '');
    pending.push(...children.split(' ').filter(Boolean).map(Number));
  }
  return bytes;
}
