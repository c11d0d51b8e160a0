import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ports that systems give to outgoing connections (Linux: from 32768; RFC 6335: from 49152): among those, one that
// was free may belong to somebody's connection before its server listens.
const FIRST = 10_240;
const LAST = 32_767;
const TRIES = 50;

/** A port on loopback that was free a moment ago, and that no outgoing connection will take. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, LAST + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port was found from ${FIRST} to ${LAST} on 127.0.0.1`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    probe.listen(port, '127.0.0.1');
    await once(probe, 'listening');
  } catch {
    // Whatever keeps one from being taken, there are others.
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
