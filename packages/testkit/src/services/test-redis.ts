import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { describeWith } from './describe-with.ts';
import { dockerReachable } from './docker.ts';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { OwnServer } from './own-server.ts';
import { postgresUser } from './postgres-binaries.ts';

export interface TestRedis {
  readonly url: string;
  /** Empties the database, as an operator's FLUSHALL would. */
  flush(): Promise<void>;
  /** Kills the server; what it held is gone. Only with `own`. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, empty, at the same address. */
  start(): Promise<void>;
  /** `kill` and `start`. */
  restart(): Promise<void>;
  /** Ends what this handle started. */
  stop(): Promise<void>;
}

export interface TestRedisOptions {
  /** A server of this test's alone, which it may kill and restart, even where REDIS_URL is set. */
  readonly own?: boolean;
}

const install = 'set REDIS_URL, start Docker, or install redis-server (Debian: apt-get install redis-server)';

/** A real Redis for a test: REDIS_URL where set, else a private one in Docker or from `redis-server` on PATH. */
export async function startTestRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const given = process.env['REDIS_URL'];
  if (options.own !== true && given !== undefined && given !== '') return openShared(given);
  if (await dockerReachable()) return startContainer();
  const binary = await findBinary('redis-server');
  if (binary === null) throw new Error(`no Redis for the tests: ${install}`);
  return startOwn(binary);
}

export async function redisAvailable(options: TestRedisOptions = {}): Promise<boolean> {
  if (options.own !== true && (process.env['REDIS_URL'] ?? '') !== '') return true;
  return (await dockerReachable()) || (await findBinary('redis-server')) !== null;
}

/** A suite that needs Redis: skipped by name where there is none, and failed there with CI=true. */
export function describeWithRedis(
  name: string,
  body: () => void | Promise<void>,
  options: TestRedisOptions = { own: true },
): void {
  describeWith({ what: 'Redis', available: () => redisAvailable(options), install }, name, body);
}

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  // The failure reaches the caller through connect() and the commands.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    client.disconnect();
  }
}

const flushAt = (url: string): Promise<void> =>
  withClient(url, async (client) => {
    await client.flushdb();
  });

function openShared(url: string): TestRedis {
  const refuse = (): Promise<void> =>
    Promise.reject(new Error('REDIS_URL is shared: use startTestRedis({ own: true }) to kill and restart it'));
  return {
    url,
    flush: () => flushAt(url),
    kill: refuse,
    start: refuse,
    restart: refuse,
    stop: async () => undefined,
  };
}

async function startOwn(binary: string): Promise<TestRedis> {
  const server = await OwnServer.create('redis', await postgresUser());
  const password = randomBytes(12).toString('hex');
  let port = 0;
  const url = (): string => `redis://:${password}@127.0.0.1:${port}`;
  const start = (): Promise<void> =>
    server.start({
      file: binary,
      arguments: [
        ...['--port', String(port), '--bind', '127.0.0.1', '--requirepass', password],
        ...['--save', '', '--appendonly', 'no', '--dir', server.folder],
      ],
      ready: (pid) => isOwn(url(), pid),
    });
  for (let attempt = 1; ; attempt += 1) {
    port = await freePort();
    try {
      await start();
      break;
    } catch (error) {
      // Somebody may have taken the port in between.
      if (attempt < 3) continue;
      await server.dispose('SIGKILL');
      throw error;
    }
  }
  return {
    url: url(),
    flush: () => flushAt(url()),
    kill: () => server.end('SIGKILL'),
    start,
    restart: async () => {
      await server.end('SIGKILL');
      await start();
    },
    stop: () => server.dispose('SIGKILL'),
  };
}

/** Whether the server that answers is our own child. */
async function isOwn(url: string, pid: number): Promise<boolean> {
  const information = await withClient(url, (client) => client.info('server')).catch(() => null);
  if (information === null) return false;
  if (!information.includes(`process_id:${pid}\r\n`)) throw new Error('another Redis answers at our port');
  return true;
}

async function startContainer(): Promise<TestRedis> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const port = await freePort();
  const container = await new GenericContainer('redis:7')
    // A fixed port, because a published random one changes at a restart.
    .withExposedPorts({ container: 6379, host: port })
    .withCommand(['redis-server', '--save', '', '--appendonly', 'no'])
    .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
    .start();
  const url = `redis://${container.getHost()}:${port}`;
  const restart = (): Promise<void> => container.restart({ timeout: 0 });
  return {
    url,
    flush: () => flushAt(url),
    kill: () =>
      withClient(url, async (client) => {
        await client.shutdown('NOSAVE').catch((error: unknown) => {
          // The connection breaks instead of an answer; that is the purpose.
          if (!(error instanceof Error)) throw error;
        });
      }),
    start: restart,
    restart,
    stop: async () => {
      await container.stop();
    },
  };
}
