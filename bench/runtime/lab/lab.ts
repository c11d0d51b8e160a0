import { migrate } from '@everstep/store-postgres';
import { startTestPostgres, startTestRedis, type TestPostgres, type TestRedis } from '@everstep/testkit';
import { Redis } from 'ioredis';
import pg from 'pg';
import { processTreeMicros } from './processor-time.ts';

/** What production would have, within a small machine's memory; durability stays as it is by default: all of it. */
const POSTGRES_SETTINGS = {
  shared_buffers: '1GB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  max_connections: '400',
};

/** A throw-away Postgres (fsync on) and Redis (AOF every second), which every contender of one run shares. */
export class Lab {
  readonly postgres: TestPostgres;
  readonly redis: TestRedis;
  readonly admin: pg.Client;
  readonly redisAdmin: Redis;
  readonly #template: string;
  readonly #pids: readonly number[];

  private constructor(
    parts: { postgres: TestPostgres; redis: TestRedis; admin: pg.Client; redisAdmin: Redis },
    template: string,
    pids: readonly number[],
  ) {
    this.postgres = parts.postgres;
    this.redis = parts.redis;
    this.admin = parts.admin;
    this.redisAdmin = parts.redisAdmin;
    this.#template = template;
    this.#pids = pids;
  }

  static async open(settings: Readonly<Record<string, string>> = {}): Promise<Lab> {
    const postgres = await startTestPostgres({ own: true, settings: { ...POSTGRES_SETTINGS, ...settings } });
    const redis = await startTestRedis({ own: true });
    const redisAdmin = new Redis(redis.url, { maxRetriesPerRequest: null });
    await redisAdmin.config('SET', 'appendonly', 'yes');
    const templateUrl = await postgres.createDatabase();
    await migrate(templateUrl);
    const admin = new pg.Client({ connectionString: postgres.connectionString() });
    await admin.connect();
    const { rows } = await admin.query<{ file: string }>(`select pg_read_file('postmaster.pid') as file`);
    const redisPid = /process_id:(\d+)/.exec(await redisAdmin.info('server'))?.[1];
    const pids = [Number(rows[0]?.file.split('\n')[0]), Number(redisPid)];
    return new Lab({ postgres, redis, admin, redisAdmin }, new URL(templateUrl).pathname.slice(1), pids);
  }

  /** A migrated database of its own; answers its address. */
  createDatabase(): Promise<string> {
    return this.postgres.createDatabase({ template: this.#template });
  }

  emptyDatabase(): Promise<string> {
    return this.postgres.createDatabase();
  }

  /** CPU time of Postgres with all its backends, and of Redis, in microseconds. */
  serverMicros(): number {
    return this.#pids.reduce((sum, pid) => sum + processTreeMicros(pid), 0);
  }

  /** Sets parameters of the running Postgres; sessions follow within milliseconds. */
  async configure(settings: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, value] of Object.entries(settings)) await this.admin.query(`alter system set ${name} = ${value}`);
    await this.admin.query('select pg_reload_conf()');
    await new Promise((resolve) => setTimeout(resolve, 300));
  }

  async version(): Promise<string> {
    const { rows } = await this.admin.query<{ server_version: string }>('show server_version');
    const redis = /redis_version:(\S+)/.exec(await this.redisAdmin.info('server'))?.[1];
    return `Postgres ${rows[0]?.server_version ?? '?'}, Redis ${redis ?? '?'}`;
  }

  async close(): Promise<void> {
    await this.admin.end();
    this.redisAdmin.disconnect();
    await this.postgres.stop();
    await this.redis.stop();
  }
}
