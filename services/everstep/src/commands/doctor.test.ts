import { MasterKeys } from '@everstep/engine';
import { createPostgresStore, migrate } from '@everstep/store-postgres';
import { startTestPostgres, type TestPostgres } from '@everstep/testkit';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clockFinding } from '../doctor/finding.ts';
import { type ApiRig, everstep, type Said, startApiRig } from '../testing/api-rig.ts';
import { doctorCommand } from './doctor.ts';

let rig: ApiRig;
let postgres: TestPostgres;
beforeAll(async () => {
  [rig, postgres] = await Promise.all([startApiRig(), startTestPostgres()]);
});
afterAll(() => Promise.all([rig.close(), postgres.stop()]));

const doctor = (environment: Record<string, string>, ...words: string[]): Promise<Said> =>
  everstep(doctorCommand(), ['--endpoint', rig.url, ...words], { REDIS_URL: '', ...environment });

describe('everstep doctor', () => {
  it('is content with a server that is well', async () => {
    const DATABASE_URL = await postgres.createDatabase();
    await migrate(DATABASE_URL);
    const store = createPostgresStore({ connectionString: DATABASE_URL, poolSize: 1 });
    await store.registerWorker({ workerId: 'w', host: 'h', leaseMs: 60_000 });
    const well = await doctor({ DATABASE_URL });
    expect(well).toMatchObject({ code: 0, out: expect.stringContaining('1 worker alive, with 0 executions in hand') });
    expect(well.out).not.toMatch(/[✗!]/);
    await store.unregisterWorker('w');
    await store.close();
    const idle = await doctor({ DATABASE_URL }, '--json');
    expect(idle).toMatchObject({ code: 1, out: expect.stringContaining('no worker holds a lease') });
    expect(JSON.parse(idle.out.split('\n')[0] ?? '')).toMatchObject({ check: 'settings', status: 'ok' });
  });

  it('looks whether tasks can use their connections', async () => {
    const DATABASE_URL = await postgres.createDatabase();
    await migrate(DATABASE_URL);
    const store = createPostgresStore({ connectionString: DATABASE_URL, poolSize: 1 });
    await store.registerWorker({ workerId: 'w', host: 'h', leaseMs: 60_000 });
    const key = MasterKeys.generate();
    const create = async (name: string, state: 'AUTHORIZED' | 'DEAUTHORIZED') => {
      const nameArn = `arn:aws:events:us-east-1:123456789012:connection/${name}`;
      const connectionArn = `${nameArn}/1`;
      const times = { createdAt: 1, modifiedAt: 1, authorizedAt: null };
      const sealedParameters = new MasterKeys([key]).seal('{}', connectionArn);
      await store.createConnection(
        {
          ...{ connectionArn, nameArn, name, state, sealedParameters, ...times, revision: 1, description: null },
          ...{ authorizationType: 'BASIC', stateReason: null, shownParameters: '{}' },
        },
        9,
      );
    };
    await create('stock', 'AUTHORIZED');
    const well = await doctor({ DATABASE_URL, EVERSTEP_MASTER_KEY: key });
    expect(well).toMatchObject({ code: 0, out: expect.stringMatching(/✓ connections +1 connection/) });
    await create('bank', 'DEAUTHORIZED');
    const closed = await doctor({ DATABASE_URL, EVERSTEP_MASTER_KEY: key });
    expect(closed).toMatchObject({
      code: 0,
      out: expect.stringMatching(/! connections +.*bank[\s\S]*connections update/),
    });
    for (const other of ['', MasterKeys.generate()]) {
      const keyless = await doctor({ DATABASE_URL, EVERSTEP_MASTER_KEY: other });
      expect(keyless).toMatchObject({ code: 1, out: expect.stringMatching(/✗ connections +.*stock[\s\S]*MASTER_KEY/) });
    }
    await store.unregisterWorker('w');
    await store.close();
  });

  it('tells what to do about what is not', async () => {
    const empty = await doctor({ DATABASE_URL: await postgres.createDatabase() });
    expect(empty).toMatchObject({ code: 1, out: expect.stringMatching(/✗ migrations[\s\S]*everstep migrate/) });
    const away = await doctor({ DATABASE_URL: 'postgres://127.0.0.1:1/x', REDIS_URL: 'redis://127.0.0.1:1' });
    expect(away).toMatchObject({ code: 1, out: expect.stringMatching(/✗ Postgres[\s\S]*✗ Redis/) });
    const nobody = await doctor({ DATABASE_URL: 'postgres://127.0.0.1:1/x' }, '--endpoint', 'http://127.0.0.1:1');
    expect(nobody.out).toMatch(/✗ API +no answer at http:\/\/127\.0\.0\.1:1[\s\S]*npm start/);
    expect(await doctor({ EVERSTEP_PORT: 'x' })).toMatchObject({ code: 1, out: expect.stringMatching(/✗ settings/) });
  });

  it('reaches out to the services that tasks name', async () => {
    const DATABASE_URL = await postgres.createDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'everstep-doctor-'));
    const EVERSTEP_TARGETS_FILE = join(folder, 'targets.json');
    const write = (targets: object): Promise<void> => writeFile(EVERSTEP_TARGETS_FILE, JSON.stringify(targets));
    await write({
      postgres: { orders: { url: DATABASE_URL } },
      redis: { events: { url: 'redis://127.0.0.1:1' } },
    });
    const found = await doctor({ DATABASE_URL, EVERSTEP_TARGETS_FILE });
    expect(found.out).toMatch(/✓ target +postgres\.orders is there/);
    expect(found.out).toMatch(/✗ target +redis\.events: Redis\.ConnectionFailed/);
    await write({ redis: { events: { port: 6379 } } });
    const wrong = await doctor({ DATABASE_URL, EVERSTEP_TARGETS_FILE });
    expect(wrong).toMatchObject({ code: 1, out: expect.stringContaining('redis.events.url is missing') });
    await rm(folder, { recursive: true });
    const gone = await doctor({ DATABASE_URL, EVERSTEP_TARGETS_FILE });
    expect(gone.out).toContain('cannot be read: ENOENT');
  });

  it('judges clocks', () => {
    expect(clockFinding('c', 100)).toMatchObject({ status: 'ok' });
    expect(clockFinding('c', -3_000)).toMatchObject({ status: 'note', text: expect.stringContaining('3.0 s behind') });
    expect(clockFinding('c', 400_000)).toMatchObject({ status: 'bad' });
  });
});
