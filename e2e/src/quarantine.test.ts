import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { freePort, startTestPostgres } from '@everstep/testkit';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EverstepProcess } from './everstep-process.ts';

/** Few: who has shared a process with the dying twice is suspected as well. */
const NEIGHBOURS = 4;
const PATIENCE_MS = 150_000;

/** Tasks that end the worker process which performs them; each notes who performs it. */
const INTEGRATIONS = `
import { appendFileSync } from 'node:fs';
const [, only] = process.argv.join(' ').split(' --only ');
const isAlone = only !== undefined && !only.includes(',');
const dangerous = (act) => ({
  async perform({ executionArn }) {
    const note = { name: executionArn.split(':').at(-1), pid: process.pid, isAlone };
    appendFileSync(process.env.EVERSTEP_TEST_NOTES, JSON.stringify(note) + '\\n');
    act();
    return { type: 'succeeded', output: isAlone ? 'alone' : 'among others' };
  },
});
const die = () => process.kill(process.pid, 'SIGKILL');
const fillMemory = () => { for (const kept = [];;) kept.push(new Array(100_000).fill(Math.random())); };
export const integrations = {
  'everstep:die': dangerous(die),
  'everstep:fillMemory': dangerous(fillMemory),
  'everstep:dieAmongOthers': dangerous(() => { if (!isAlone) die(); }),
  'everstep:live': dangerous(() => undefined),
};
`;

interface Note {
  readonly name: string;
  readonly pid: number;
  readonly isAlone: boolean;
}

const cleanups: Array<() => Promise<unknown>> = [];
let client: SFNClient;
let notesFile: string;
let worker: EverstepProcess;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'everstep-quarantine-'));
  await chmod(folder, 0o755);
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  notesFile = join(folder, 'notes.jsonl');
  const integrations = join(folder, 'integrations.mjs');
  await writeFile(integrations, INTEGRATIONS);
  const postgres = await startTestPostgres();
  cleanups.push(() => postgres.stop());
  const environment = {
    DATABASE_URL: await postgres.createDatabase(),
    EVERSTEP_DATA_DIR: folder,
    EVERSTEP_INTEGRATIONS: integrations,
    EVERSTEP_TEST_NOTES: notesFile,
    EVERSTEP_WORKER_LEASE_MS: '2000',
    // Hints of what died are lost with whoever would have heard them, again and again.
    EVERSTEP_GRACE_MS: '500',
    EVERSTEP_MAX_GRACE_MS: '1000',
    EVERSTEP_DRAIN_SECONDS: '1',
  };
  await new EverstepProcess({ command: 'migrate', environment, readyUrl: '' }).run();
  const processes: EverstepProcess[] = [];
  for (const command of ['api', 'scheduler', 'worker']) {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    const own = {
      api: { EVERSTEP_PORT: port },
      scheduler: { EVERSTEP_HEALTH_PORT: port },
      // Little memory, so that it is full within a second.
      worker: { EVERSTEP_HEALTH_PORT: port, NODE_OPTIONS: '--max-old-space-size=160' },
    }[command];
    processes.push(
      new EverstepProcess({
        ...{ command, args: command === 'worker' ? ['--processes', '2'] : [] },
        ...{ environment: { ...environment, ...own }, readyUrl: `${url}/readyz` },
      }),
    );
    if (command !== 'api') continue;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new SFNClient({ endpoint: url, region: 'us-east-1', credentials });
  }
  cleanups.push(() => Promise.all(processes.map((process) => process.kill('SIGTERM'))));
  await Promise.all(processes.map((process) => process.start()));
  worker = processes[2] ?? expect.fail('there is a worker');
}, PATIENCE_MS);

afterAll(async () => {
  client?.destroy();
  for (const cleanup of cleanups.toReversed()) await cleanup();
}, PATIENCE_MS);

async function createMachine(name: string, states: object): Promise<string> {
  const definition = JSON.stringify({ StartAt: 'Before', States: states });
  const roleArn = 'arn:aws:iam::123456789012:role/r';
  const { stateMachineArn } = await client.send(new CreateStateMachineCommand({ name, definition, roleArn }));
  return stateMachineArn ?? '';
}

const task = (operation: string) => ({ Type: 'Task', Resource: `arn:aws:states:::everstep:${operation}`, End: true });

/** An execution of that name whose one task is of that operation. */
async function start(operation: string): Promise<string> {
  const stateMachineArn = await createMachine(operation, {
    Before: { Type: 'Pass', Next: 'Danger' },
    Danger: task(operation),
  });
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, name: operation }));
  return executionArn ?? '';
}

async function ended(executionArn: string) {
  const describe = () => client.send(new DescribeExecutionCommand({ executionArn }));
  const status = async () => (await describe()).status;
  await expect.poll(status, { timeout: PATIENCE_MS, interval: 200 }).not.toBe('RUNNING');
  return describe();
}

async function notesOf(name: string): Promise<Note[]> {
  const lines = (await readFile(notesFile, 'utf8')).trim().split('\n');
  return lines.map((line): Note => JSON.parse(line)).filter((note) => note.name === name);
}

it(
  'what ends its worker runs alone, and fails with a clear cause if it does so there; its neighbours end as they would have',
  async () => {
    const neighbour = await createMachine('neighbour', {
      Before: { Type: 'Wait', Seconds: 1, Next: 'First' },
      First: { ...task('live'), End: false, Next: 'Between' },
      Between: { Type: 'Wait', Seconds: 4, Next: 'Second' },
      Second: task('live'),
    });
    const neighbours = await Promise.all(
      Array.from({ length: NEIGHBOURS }, () => client.send(new StartExecutionCommand({ stateMachineArn: neighbour }))),
    );
    const [dying, filling, shy] = await Promise.all(['die', 'fillMemory', 'dieAmongOthers'].map(start));
    for (const { executionArn = '' } of neighbours) expect((await ended(executionArn)).status).toBe('SUCCEEDED');
    expect(await ended(shy ?? '')).toMatchObject({ status: 'SUCCEEDED', output: '"alone"' });
    for (const executionArn of [dying ?? '', filling ?? '']) {
      expect(await ended(executionArn)).toMatchObject({
        ...{ status: 'FAILED', error: 'States.Runtime' },
        cause: expect.stringContaining('died 7 times in a row, although it was run alone in the end'),
      });
      const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
      expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
      expect(events.at(-1)?.type).toBe('ExecutionFailed');
    }
    for (const name of ['die', 'fillMemory']) {
      const deaths = await notesOf(name);
      // How often it died among others depends on who died beside it, and a commit makes it innocent again, alone too; in
      // the end it is alone, and nobody else pays for it.
      expect(deaths.length, name).toBeGreaterThanOrEqual(3);
      expect(
        deaths.slice(-2).every(({ isAlone }) => isAlone),
        name,
      ).toBe(true);
      expect(new Set(deaths.map(({ pid }) => pid)).size, name).toBe(deaths.length);
    }
    expect((await notesOf('dieAmongOthers')).filter(({ isAlone }) => isAlone).length).toBe(1);
    expect(worker.output).toContain('an execution is put into a process of its own');
    // Nobody dies any more: the places of the dead are taken.
    const isReady = async () => (await fetch(worker.readyUrl).catch(() => null))?.status;
    await expect.poll(isReady, { timeout: PATIENCE_MS, interval: 200 }).toBe(200);
  },
  PATIENCE_MS * 2,
);
