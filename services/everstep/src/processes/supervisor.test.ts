import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordingLogger } from '@everstep/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Supervisor } from './supervisor.ts';

// A child that behaves as its parent asks it to, by messages.
const CHILD = `
  let ready = { ready: true };
  process.on('message', (message) => {
    if (message.kind === 'question') process.send({ kind: 'answer', id: message.id, readiness: ready, metrics: '# TYPE up gauge\\nup 1\\n' });
    if (message.kind === 'die') process.exit(3);
    if (message.kind === 'hang') process.on('SIGTERM', () => undefined);
    if (message.kind === 'sick') ready = { ready: false, reason: 'the worker has no lease' };
    if (message.kind === 'echo') process.send({ kind: 'echo' });
  });
`;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'everstep-supervisor-'));
  writeFileSync(join(folder, 'child.mjs'), CHILD);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const supervisors: Supervisor[] = [];
afterEach(async () => {
  await Promise.all(supervisors.splice(0).map((supervisor) => supervisor.stop()));
});

function supervise(count: number, endMs = 5_000) {
  const children: ChildProcess[] = [];
  const logger = new RecordingLogger();
  const supervisor = new Supervisor({
    count,
    logger,
    endMs,
    backoffMs: [10, 40],
    spawn: () => {
      const child = fork(join(folder, 'child.mjs'), { execArgv: [] });
      children.push(child);
      return child;
    },
  });
  supervisors.push(supervisor);
  supervisor.start();
  return { supervisor, children, logger };
}

/** Resolves once the child has read what was sent before. */
function settled(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && 'kind' in message && message.kind === 'echo') resolve();
    });
    child.send({ kind: 'echo' });
  });
}

test('all run, and health answers for all', async () => {
  const { supervisor, children } = supervise(2);
  await expect.poll(() => supervisor.ready(), { timeout: 10_000 }).toEqual({ ready: true });
  expect(await supervisor.metrics()).toBe('# TYPE up gauge\nup{process="1"} 1\nup{process="2"} 1\n');
  children[1]?.send({ kind: 'sick' });
  await expect
    .poll(() => supervisor.ready())
    .toEqual({ ready: false, reason: 'process 2 of 2: the worker has no lease' });
});

test('one that dies is started again, and the log has it', async () => {
  const { supervisor, children, logger } = supervise(2);
  await expect.poll(() => supervisor.ready(), { timeout: 10_000 }).toEqual({ ready: true });
  children[0]?.send({ kind: 'die' });
  await expect.poll(() => children.length).toBe(3);
  await expect.poll(() => supervisor.ready(), { timeout: 10_000 }).toEqual({ ready: true });
  expect(logger.problems.map(({ fields }) => fields)).toMatchObject([{ process: 1, code: 3, restartMs: 10 }]);
  children[2]?.send({ kind: 'die' });
  await expect.poll(() => children.length).toBe(4);
  expect(logger.problems.at(-1)?.fields).toMatchObject({ restartMs: 20 });
});

test('stopping ends all of them, by force where one does not listen, and starts none again', async () => {
  const { supervisor, children, logger } = supervise(2, 200);
  await expect.poll(() => supervisor.ready(), { timeout: 10_000 }).toEqual({ ready: true });
  const [first] = children;
  if (first === undefined) throw new Error('no child was started');
  first.send({ kind: 'hang' });
  await settled(first);
  await supervisor.stop();
  expect(children.map(({ signalCode }) => signalCode)).toEqual(['SIGKILL', 'SIGTERM']);
  expect(children.length).toBe(2);
  expect(logger.problems.length).toBe(1);
  expect((await supervisor.ready()).ready).toBe(false);
});
