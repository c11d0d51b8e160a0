import { readdir, readFile, readlink } from 'node:fs/promises';
import type { Socket } from 'node:net';

/** 127.0.0.1 as the kernel's tables have it, of IPv4 sockets and of IPv6 ones that speak IPv4. */
const LOOPBACK = '0100007F';
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];

/**
 * Whether the other end of a connection over loopback belongs to a session of processes: to the one that was started as
 * its leader, or to what that started in turn. Only Linux tells; elsewhere everybody on this machine is believed.
 */
export async function isOfSession(socket: Socket, session: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const { localPort, remotePort } = socket;
  if (localPort === undefined || remotePort === undefined) return false;
  const inode = await inodeOf(remotePort, localPort);
  return inode !== null && (await holdsSocket(session, `socket:[${inode}]`));
}

/** The socket at the other end: its local port is our remote one. */
async function inodeOf(localPort: number, remotePort: number): Promise<string | null> {
  for (const table of TABLES) {
    const text = await readFile(table, 'latin1').catch(() => '');
    for (const line of text.split('\n')) {
      const fields = line.trim().split(/\s+/);
      const [, local = '', remote = ''] = fields;
      if (isAddress(local, localPort) && isAddress(remote, remotePort)) return fields[9] ?? null;
    }
  }
  return null;
}

function isAddress(text: string, port: number): boolean {
  return text.endsWith(`${LOOPBACK}:${port.toString(16).toUpperCase().padStart(4, '0')}`);
}

async function holdsSocket(session: number, link: string): Promise<boolean> {
  const names = await readdir('/proc');
  for (const name of names) {
    if (!/^\d+$/.test(name) || (await sessionOf(name)) !== session) continue;
    const files = await readdir(`/proc/${name}/fd`).catch(() => []);
    const links = await Promise.all(files.map((file) => readlink(`/proc/${name}/fd/${file}`).catch(() => '')));
    if (links.includes(link)) return true;
  }
  return false;
}

/** null: the process has ended meanwhile. */
async function sessionOf(pid: string): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The name of the program, in brackets, may hold anything.
  const session = text.slice(text.lastIndexOf(')') + 2).split(' ')[3];
  return session === undefined ? null : Number(session);
}
