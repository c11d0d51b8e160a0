import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describeWithRedis, freePort, startTestPostgres, startTestRedis, type TestPostgres } from '@everstep/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
/** Of `npm test`: each of these processes would compile all its modules anew. */
const compileCache = Object.fromEntries(Object.entries(process.env).filter(([name]) => name === 'NODE_COMPILE_CACHE'));
const running: Everstep[] = [];
let folder = '';

/** One process of the command, with an environment of its own. */
class Everstep {
  readonly child: ChildProcess;
  #output = '';

  constructor(commandArguments: readonly string[], environment: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, ['--conditions=everstep-source', main, ...commandArguments], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...compileCache, EVERSTEP_DRAIN_SECONDS: '5', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
        this.child.emit('said');
      });
    }
    running.push(this);
  }

  /** Resolves with the match once the output holds it; rejects where the process ends before. */
  async says(what: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = what.exec(this.#output);
      if (found !== null) return found;
      if (this.#ended) throw new Error(`ended without saying ${what}: ${this.#output}`);
      await Promise.race([once(this.child, 'said'), once(this.child, 'close')]);
    }
  }

  /** The exit code and all output, at the end. */
  async end(signal?: NodeJS.Signals): Promise<{ code: number | null; output: string }> {
    if (!this.#ended) {
      const closed = once(this.child, 'close');
      if (signal !== undefined) this.child.kill(signal);
      await closed;
    }
    return { code: this.child.exitCode, output: this.#output };
  }

  get #ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

function clientOf(endpoint: string): SFNClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new SFNClient({ endpoint, region: 'us-east-1', disableHostPrefix: true, credentials });
}

const MACHINE = {
  StartAt: 'Wait',
  States: { Wait: { Type: 'Wait', Seconds: 1, Next: 'Done' }, Done: { Type: 'Pass', Result: 'done', End: true } },
};

/** Creates a machine, runs it through its wait, and answers its output. */
async function runExecution(endpoint: string): Promise<string | undefined> {
  const client = clientOf(endpoint);
  const { stateMachineArn } = await client.send(
    new CreateStateMachineCommand({
      name: 'hello',
      definition: JSON.stringify(MACHINE),
      roleArn: 'arn:aws:iam::123456789012:role/hello',
    }),
  );
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
  const describe = (): Promise<{ status?: string; output?: string }> =>
    client.send(new DescribeExecutionCommand({ executionArn }));
  await expect.poll(async () => (await describe()).status, { timeout: 20_000, interval: 50 }).toBe('SUCCEEDED');
  const { output } = await describe();
  client.destroy();
  return output;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstep-command-'));
  // Postgres's user must get through, so that root's database lies here and goes with the folder.
  chmodSync(folder, 0o755);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((process) => process.end('SIGTERM')));
  rmSync(folder, { recursive: true, force: true });
});

describe('everstep dev', () => {
  const environment = { EVERSTEP_PORT: '0' };
  const ready = /Everstep is ready at (\S+)/;

  async function endpointOf(server: Everstep): Promise<string> {
    return (await server.says(ready))[1] ?? '';
  }

  it('serves the AWS API on a database of its own, and keeps everything over a restart', async () => {
    const first = new Everstep(['dev', '--empty'], environment);
    expect(await runExecution(await endpointOf(first))).toBe('"done"');
    const ended = await first.end('SIGTERM');
    expect(ended).toMatchObject({ code: 0, output: expect.stringContaining('Everstep has ended.') });
    expect(existsSync(join(folder, '.everstep', 'postgres', 'data', 'postmaster.pid'))).toBe(false);
    expect(readdirSync(join(folder, '.everstep'))).toEqual(expect.arrayContaining(['everstep.log', 'functions']));

    const second = new Everstep(['dev'], environment);
    const client = clientOf(await endpointOf(second));
    const { stateMachines } = await client.send(new ListStateMachinesCommand({}));
    expect(stateMachines?.map(({ name }) => name)).toEqual(['hello']);
    client.destroy();
  });

  it('finishes what was running when it was killed', async () => {
    const first = new Everstep(['dev', '--empty'], environment);
    const client = clientOf(await endpointOf(first));
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({
        name: 'hello',
        definition: JSON.stringify(MACHINE),
        roleArn: 'arn:aws:iam::123456789012:role/r',
      }),
    );
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
    await first.end('SIGKILL');
    const again = clientOf(await endpointOf(new Everstep(['dev'], environment)));
    const status = async (): Promise<string | undefined> =>
      (await again.send(new DescribeExecutionCommand({ executionArn }))).status;
    await expect.poll(status, { timeout: 25_000, interval: 100 }).toBe('SUCCEEDED');
    client.destroy();
    again.destroy();
  });

  it('refuses a second start on the same folder with pid and endpoint', async () => {
    const first = new Everstep(['dev', '--empty'], environment);
    const endpoint = await endpointOf(first);
    const second = await new Everstep(['dev', '--empty'], environment).end();
    expect(second.code).toBe(1);
    expect(second.output).toContain(
      `An Everstep with pid ${first.child.pid} already serves this data folder at ${endpoint}`,
    );
    expect(second.output).not.toContain('    at ');
  });

  it('says which setting to change where its port is taken, and ends its Postgres', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, output } = await new Everstep(['dev', '--empty'], { EVERSTEP_PORT: String(port) }).end();
    other.close();
    expect(code).toBe(1);
    expect(output).toContain(`Port ${port} on 127.0.0.1 is taken: set EVERSTEP_PORT`);
    expect(existsSync(join(folder, '.everstep', 'postgres', 'data', 'postmaster.pid'))).toBe(false);
  });

  it('names every wrong setting and starts nothing', async () => {
    const wrong = { EVERSTEP_PORT: 'x', EVERSTEP_REGION: 'Mars' };
    const { code, output } = await new Everstep(['dev'], wrong).end();
    expect(code).toBe(1);
    expect(output).toContain('EVERSTEP_PORT: "x" is not right');
    expect(output).toContain('EVERSTEP_REGION: "Mars" is not right');
    expect(existsSync(join(folder, '.everstep'))).toBe(false);
  });

  it('is not served to the network by accident', async () => {
    const { code, output } = await new Everstep(['dev'], { EVERSTEP_HOST: '0.0.0.0' }).end();
    expect(code).toBe(1);
    expect(output).toContain('EVERSTEP_HOST is 0.0.0.0, which others on the network reach');
    expect(output).toContain('everstep keys create NAME');
  });

  it('serves who signs by a key of its data folder, also after the master key was replaced', async () => {
    const signed = { ...environment, EVERSTEP_AUTH: 'required' };
    const made = await new Everstep(['keys', 'create', 'ada', '--json'], {}).end();
    const credentials = JSON.parse(made.output);
    const server = new Everstep(['dev'], signed);
    const endpoint = await endpointOf(server);
    const common = { endpoint, region: 'us-east-1', disableHostPrefix: true, maxAttempts: 1 };
    const client = new SFNClient({ ...common, credentials });
    expect((await client.send(new ListStateMachinesCommand({}))).stateMachines).toEqual([]);
    const anybody = clientOf(endpoint);
    const refused = anybody.send(new ListStateMachinesCommand({}));
    await expect(refused).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    expect((await new Everstep(['keys', 'rotate-master'], {}).end()).output).toMatch(/^1 secret is now kept under/);
    const second = JSON.parse((await new Everstep(['keys', 'create', 'bob', '--json'], {}).end()).output);
    const other = new SFNClient({ ...common, credentials: second });
    // The server has never seen this master key: it looks again.
    expect((await other.send(new ListStateMachinesCommand({}))).stateMachines).toEqual([]);
    for (const one of [client, anybody, other]) one.destroy();
  }, 120_000);
});

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startTestPostgres();
});

afterAll(() => postgres.stop());

/** api, worker and scheduler as processes of their own end an execution together. */
async function runDistributed(environment: Readonly<Record<string, string>>): Promise<void> {
  const dry = await new Everstep(['migrate', '--dry-run'], environment).end();
  expect(dry).toMatchObject({ code: 0, output: expect.stringContaining('would apply\n0000_schema: locks no table') });
  const migrated = await new Everstep(['migrate'], environment).end();
  expect(migrated).toMatchObject({ code: 0, output: expect.stringContaining('applied ') });
  const port = await freePort();
  const healthPort = await freePort();
  const api = new Everstep(['api'], { ...environment, EVERSTEP_PORT: String(port) });
  const worker = new Everstep(['worker'], { ...environment, EVERSTEP_HEALTH_PORT: String(healthPort) });
  const scheduler = new Everstep(['scheduler'], environment);
  await Promise.all([
    api.says(/the API is served/),
    worker.says(/worker started/),
    scheduler.says(/scheduler started/),
  ]);
  expect(await runExecution(`http://127.0.0.1:${port}`)).toBe('"done"');
  await expect.poll(async () => (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).status).toBe(200);
  const figures = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
  expect(figures).toMatch(/^everstep_executions_ended_total 1$/m);
  for (const process of [api, worker, scheduler]) expect((await process.end('SIGTERM')).code).toBe(0);
}

describe('everstep migrate, api, worker, scheduler', () => {
  it('work together on Postgres alone', async () => {
    await runDistributed({ DATABASE_URL: await postgres.createDatabase() });
  });

  it('runs several worker processes, starts again what dies, and ends them all', async () => {
    const environment = { DATABASE_URL: await postgres.createDatabase() };
    await new Everstep(['migrate'], environment).end();
    const healthPort = await freePort();
    const workers = new Everstep(['worker', '--processes', '2'], {
      ...environment,
      EVERSTEP_HEALTH_PORT: String(healthPort),
    });
    const ready = async (): Promise<string> => {
      const response = await fetch(`http://127.0.0.1:${healthPort}/readyz`).catch(() => null);
      return (await response?.text()) ?? 'no answer';
    };
    await expect.poll(ready, { timeout: 60_000 }).toBe('ready\n');
    const [, pid = ''] = await workers.says(/"pid":(\d+)[^\n]*"msg":"worker started"/);
    process.kill(Number(pid), 'SIGKILL');
    await workers.says(/"signal":"SIGKILL"[^\n]*it is started again/);
    await expect.poll(ready, { timeout: 60_000 }).toBe('ready\n');
    const { code, output } = await workers.end('SIGTERM');
    expect(code).toBe(0);
    expect(output.match(/worker started/g)?.length).toBe(3);
    expect(output.match(/worker drained/g)?.length).toBe(2);
  }, 150_000);

  it('refuses a number of processes that is none', async () => {
    const { code, output } = await new Everstep(['worker', '--processes', '0'], {}).end();
    expect(code).toBe(1);
    expect(output).toContain('It must be a number from 1 to 256.');
  });

  it.each(['api', 'worker', 'scheduler'])('%s does not start before the database is migrated', async (command) => {
    const { code, output } = await new Everstep([command], { DATABASE_URL: await postgres.createDatabase() }).end();
    expect(code).toBe(1);
    expect(output).toContain('Run `everstep migrate` once');
  });

  it('say that DATABASE_URL is missing', async () => {
    const { code, output } = await new Everstep(['worker'], {}).end();
    expect(code).toBe(1);
    expect(output).toContain('DATABASE_URL is not set: it must be an address');
  });

  it('say that the database does not answer', async () => {
    const environment = { DATABASE_URL: `postgres://x:secret@127.0.0.1:${await freePort()}/x` };
    const { code, output } = await new Everstep(['migrate'], environment).end();
    expect(code).toBe(1);
    expect(output).toContain('DATABASE_URL: the database does not answer');
    expect(output).not.toContain('secret');
  });
});

describeWithRedis('everstep with Redis', () => {
  it('works together on Postgres and Redis', async () => {
    const redis = await startTestRedis({ own: true });
    try {
      await runDistributed({ DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url });
    } finally {
      await redis.stop();
    }
  });
});
