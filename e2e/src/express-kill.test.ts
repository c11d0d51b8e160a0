import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { freePort, startTestPostgres } from '@everstep/testkit';
import { afterEach, expect, it } from 'vitest';
import { EverstepProcess } from './everstep-process.ts';

const cleanups: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Logged {
  readonly type: string;
  readonly execution_arn: string;
}

async function loggedIn(folder: string): Promise<Logged[]> {
  const text = await readFile(join(folder, 'execution-logs/123456789012/slow.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line): Logged => JSON.parse(line));
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const limit = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > limit) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

it('asynchronous Express executions of a killed worker are run again by the next one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'everstep-express-kill-'));
  await chmod(folder, 0o755);
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const postgres = await startTestPostgres({ own: true });
  cleanups.push(() => postgres.stop());
  const databaseUrl = await postgres.createDatabase();
  const [apiPort, ...healthPorts] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const endpoint = `http://127.0.0.1:${apiPort}`;
  const common = { DATABASE_URL: databaseUrl, EVERSTEP_DATA_DIR: folder, EVERSTEP_EXECUTION_LOGS: 'file' };
  const migration = new EverstepProcess({ command: 'migrate', environment: common, readyUrl: '' });
  expect(await migration.run()).toBe(0);
  const worker = (index: number): EverstepProcess => {
    const port = healthPorts[index];
    return new EverstepProcess({
      ...{ command: index === 2 ? 'scheduler' : 'worker', readyUrl: `http://127.0.0.1:${port}/readyz` },
      environment: { ...common, EVERSTEP_HEALTH_PORT: String(port), EVERSTEP_WORKER_LEASE_MS: '1500' },
    });
  };
  const api = new EverstepProcess({
    ...{ command: 'api', readyUrl: `${endpoint}/readyz` },
    environment: { ...common, EVERSTEP_PORT: String(apiPort) },
  });
  const [victim, heir, scheduler] = [worker(0), worker(1), worker(2)];
  for (const one of [api, scheduler, victim]) {
    cleanups.push(() => one.kill('SIGTERM'));
    await one.start();
  }
  const client = new SFNClient({
    ...{ endpoint, region: 'us-east-1', disableHostPrefix: true },
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  cleanups.push(async () => client.destroy());
  const logGroupArn = 'arn:aws:logs:us-east-1:123456789012:log-group:g:*';
  const { stateMachineArn } = await client.send(
    new CreateStateMachineCommand({
      ...{ name: 'slow', type: 'EXPRESS', roleArn: 'arn:aws:iam::123456789012:role/run' },
      definition: JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Wait', Seconds: 2, End: true } } }),
      loggingConfiguration: { level: 'ALL', destinations: [{ cloudWatchLogsLogGroup: { logGroupArn } }] },
    }),
  );
  const started = await Promise.all(
    Array.from({ length: 20 }, () => client.send(new StartExecutionCommand({ stateMachineArn }))),
  );
  const arns = started.map(({ executionArn = '' }) => executionArn);
  const begun = async (): Promise<number> =>
    (await loggedIn(folder)).filter(({ type }) => type === 'ExecutionStarted').length;
  await until('all have begun', async () => (await begun()) === arns.length);
  await victim.kill('SIGKILL');
  cleanups.push(() => heir.kill('SIGTERM'));
  await heir.start();
  const ended = async (): Promise<Set<string>> =>
    new Set((await loggedIn(folder)).flatMap((line) => (line.type === 'ExecutionSucceeded' ? line.execution_arn : [])));
  await until('all have ended', async () => {
    const done = await ended();
    return arns.every((arn) => done.has(arn));
  });
  expect(await begun()).toBeGreaterThan(arns.length);
}, 180_000);
