import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canRead } from './access.ts';
import { isAlive, waitForEnd } from './processes.ts';
import { findRunAs } from './run-as.ts';

const isRoot = process.getuid?.() === 0;
const moduleUrl = new URL('./start-embedded-postgres.ts', import.meta.url).href;

/** A process that owns a database as `everstep dev` does: it tells what it has in one line of JSON, then waits. */
const OWNER = `
  const { startEmbeddedPostgres } = await import(${JSON.stringify(moduleUrl)});
  const fail = (error) => { console.error(error.message); process.exit(1); };
  const postgres = await startEmbeddedPostgres({
    dataDirectory: process.argv[1], failed: fail, warn: () => undefined,
  }).catch(fail);
  await postgres.announce('http://127.0.0.1:1');
  const { connectionString, created, location, user } = postgres;
  process.on('SIGTERM', async () => { await postgres.stop(); process.exit(0); });
  process.on('SIGUSR2', () => process.exit(0));
  // Last, as who reads it may send a signal at once.
  console.log(JSON.stringify({ connectionString, created, location, user: user?.name ?? null }));
  setInterval(() => undefined, 60_000);
`;

interface Started {
  readonly connectionString: string;
  readonly created: boolean;
  readonly location: { readonly folder: string; readonly data: string; readonly elsewhere: boolean };
  readonly user: string | null;
}

interface OwnerProcess {
  readonly child: ChildProcess;
  /** What it tells; rejects with what it complains about where it ends instead. */
  readonly started: Promise<Started>;
}

const owners: ChildProcess[] = [];
const folders: string[] = [];
let folder = '';

function startOwner(dataDirectory: string, identity: { uid?: number; gid?: number } = {}): OwnerProcess {
  const child = spawn(
    process.execPath,
    ['--conditions=everstep-source', '--input-type=module', '-e', OWNER, dataDirectory],
    { ...identity, cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  owners.push(child);
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const started = new Promise<Started>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
    child.once('close', (code) => reject(new Error(`exit code ${code}: ${complaint}`)));
  });
  return { child, started };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

async function ask(connectionString: string, query: string): Promise<unknown[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query({ text: query, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

function postgresPid({ location }: Started): number {
  return Number(readFileSync(join(location.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Whether another user reaches this checkout and this Node: not where root keeps them to itself. */
async function othersCanRunThis(): Promise<boolean> {
  const user = await findRunAs();
  const here = [process.execPath, fileURLToPath(moduleUrl)];
  return user !== null && (await Promise.all(here.map((path) => canRead(path, user)))).every(Boolean);
}

function temporaryFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'everstep-embedded-'));
  folders.push(made);
  return made;
}

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  for (const child of owners.splice(0)) await end(child, 'SIGTERM');
  for (const path of folders.splice(0).reverse()) {
    // What a killed owner left, and what root keeps elsewhere, goes too.
    const record = join(path, 'postgres-location.txt');
    const places = existsSync(record) ? [readFileSync(record, 'utf8').trim(), path] : [path];
    for (const place of places) {
      const pidFile = [join(place, 'data', 'postmaster.pid'), join(place, 'postgres', 'data', 'postmaster.pid')].find(
        existsSync,
      );
      const pid = pidFile === undefined ? 0 : Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
      if (pid > 1 && pid !== process.pid && isAlive(pid)) {
        process.kill(pid, 'SIGQUIT');
        await waitForEnd(pid, 5_000);
      }
      rmSync(place, { recursive: true, force: true });
    }
  }
});

describe('startEmbeddedPostgres', () => {
  it('makes a database that is durable, private and ours', async () => {
    const started = await startOwner(folder).started;
    expect(started.created).toBe(true);
    const settings = `SELECT current_setting('fsync'), current_setting('listen_addresses'),
      current_setting('unix_socket_directories'), current_setting('password_encryption'), current_database()`;
    expect(await ask(started.connectionString, settings)).toEqual(['on', '127.0.0.1', '', 'scram-sha-256', 'everstep']);
    expect(statSync(join(started.location.folder, 'password')).mode & 0o777).toBe(0o600);
    const wrong = started.connectionString.replace(/:[^:@]+@/, ':wrong@');
    await expect(ask(wrong, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('refuses a second start on the same folder, naming who serves it, and touches nothing', async () => {
    const first = startOwner(folder);
    const started = await first.started;
    const pid = postgresPid(started);
    await expect(startOwner(folder).started).rejects.toThrow(
      `exit code 1: An Everstep with pid ${first.child.pid} already serves this data folder at http://127.0.0.1:1`,
    );
    expect(postgresPid(started)).toBe(pid);
    expect(await ask(started.connectionString, 'SELECT 1')).toEqual([1]);
  });

  it('lets one of two simultaneous starts win', async () => {
    const outcomes = await Promise.allSettled([startOwner(folder).started, startOwner(folder).started]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('takes over from an Everstep that was killed, with everything that was committed', async () => {
    const first = startOwner(folder);
    const before = await first.started;
    await ask(before.connectionString, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const orphan = postgresPid(before);
    await end(first.child, 'SIGKILL');
    expect(isAlive(orphan)).toBe(true);
    const after = await startOwner(folder).started;
    expect(isAlive(orphan)).toBe(false);
    expect(after.created).toBe(false);
    expect(await ask(after.connectionString, 'SELECT answer FROM kept')).toEqual([42]);
  });

  it.each(['SIGTERM', 'SIGUSR2'] as const)('ends Postgres with its owner (%s)', async (signal) => {
    const first = startOwner(folder);
    const pid = postgresPid(await first.started);
    await end(first.child, signal);
    expect(await waitForEnd(pid, 10_000)).toBe(true);
  });

  it('starts over a pid file whose pid belongs to another process by now', async () => {
    const first = startOwner(folder);
    const started = await first.started;
    await end(first.child, 'SIGTERM');
    const left = `${process.pid}\n${started.location.data}\n1\n1\n\n127.0.0.1\n\nready\n`;
    writeFileSync(join(started.location.data, 'postmaster.pid'), left);
    const again = await startOwner(folder).started;
    expect(await ask(again.connectionString, 'SELECT 1')).toEqual([1]);
  });

  it('starts Postgres again when it dies by itself, on the same address, still owned', async () => {
    const first = startOwner(folder);
    const started = await first.started;
    process.kill(postgresPid(started), 'SIGKILL');
    await expect
      .poll(() => ask(started.connectionString, 'SELECT 1').catch((error: Error) => error.message), { timeout: 15_000 })
      .toEqual([1]);
    const locks = `SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND granted`;
    await expect.poll(() => ask(started.connectionString, locks), { timeout: 15_000 }).toEqual([1]);
    await expect(startOwner(folder).started).rejects.toThrow(`pid ${first.child.pid} already serves`);
  });

  it('refuses data of another major version', async () => {
    const first = startOwner(folder);
    const { location } = await first.started;
    await end(first.child, 'SIGTERM');
    writeFileSync(join(location.data, 'PG_VERSION'), '15\n');
    await expect(startOwner(folder).started).rejects.toThrow(
      /was made by Postgres 15; this Everstep brings Postgres 18/,
    );
  });

  it('says so where the folder cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(startOwner(join(folder, 'file', 'data')).started).rejects.toThrow(
      /data folder .* cannot be written[^]*EVERSTEP_DATA_DIR/,
    );
  });

  it('works in a folder with spaces', async () => {
    folders.push(join(folder, 'my data'));
    const started = await startOwner(join(folder, 'my data')).started;
    expect(await ask(started.connectionString, 'SELECT 1')).toEqual([1]);
  });
});

const reachable = await othersCanRunThis();

describe.runIf(isRoot)('startEmbeddedPostgres as root', () => {
  it('runs Postgres as another user, in the data folder where that user can enter it', async () => {
    chmodSync(folder, 0o755);
    const started = await startOwner(folder).started;
    expect(started.location.elsewhere).toBe(false);
    expect(statSync(`/proc/${postgresPid(started)}`).uid).toBe((await findRunAs())?.uid);
  });

  it('keeps the database elsewhere where that user cannot enter, and finds it again', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    folders.push(closed);
    const first = startOwner(closed);
    const started = await first.started;
    expect(started.location).toMatchObject({ elsewhere: true });
    expect(started.location.folder).toMatch(/^\/var\/lib\/everstep\//);
    await ask(started.connectionString, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await end(first.child, 'SIGKILL');
    const again = await startOwner(closed).started;
    expect(again.location.folder).toBe(started.location.folder);
    expect(await ask(again.connectionString, 'SELECT answer FROM kept')).toEqual([42]);
  });

  it.runIf(reachable)('works the same for a user who is not root', async () => {
    const user = await findRunAs();
    if (user === null) throw new Error('root has a user for Postgres');
    chownSync(folder, user.uid, user.gid);
    const first = startOwner(folder, { uid: user.uid, gid: user.gid });
    const started = await first.started;
    expect(started).toMatchObject({ user: null, location: { elsewhere: false } });
    await end(first.child, 'SIGKILL');
    const again = await startOwner(folder, { uid: user.uid, gid: user.gid }).started;
    expect(await ask(again.connectionString, 'SELECT 1')).toEqual([1]);
  });
});
