import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecutionLogEvent, silentLogger } from '@everstep/engine';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { allLogs } from './all-logs.ts';
import { createFileLog } from './file-log.ts';
import { createProcessLog } from './process-log.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'everstep-execution-logs-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const TARGET = {
  stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:orders',
  logGroupArn: 'arn:aws:logs:us-east-1:123456789012:log-group:g:*',
};
const event = (id: number): ExecutionLogEvent => ({ timestamp: id, message: `{"id":"${id}"}` });

it('a file a state machine, a line an event, in order', async () => {
  const log = createFileLog({ directory, logger: silentLogger, lingerMs: 1 });
  for (let id = 1; id <= 50; id += 1) log.write(TARGET, [event(id)]);
  await log.close(10_000);
  const text = await readFile(join(directory, '123456789012', 'orders.jsonl'), 'utf8');
  expect(text.split('\n').slice(0, -1)).toEqual(Array.from({ length: 50 }, (_, index) => `{"id":"${index + 1}"}`));
});

it('a file that has grown too large is put aside', async () => {
  const write = async (id: number): Promise<void> => {
    const log = createFileLog({ directory, logger: silentLogger, maxFileBytes: 10, lingerMs: 1 });
    log.write(TARGET, [event(id)]);
    await log.close(10_000);
  };
  await write(1);
  await write(2);
  await write(3);
  const stem = join(directory, '123456789012', 'orders');
  expect(await readFile(`${stem}.jsonl`, 'utf8')).toBe('{"id":"3"}\n');
  expect(await readFile(`${stem}.1.jsonl`, 'utf8')).toBe('{"id":"2"}\n');
});

it('a folder that cannot be written costs the events, and is told', async () => {
  const warnings: object[] = [];
  const logger = { ...silentLogger, warn: (fields: object) => void warnings.push(fields) };
  const file = join(directory, 'file');
  await writeFile(file, '');
  const log = createFileLog({ directory: file, logger, lingerMs: 1 });
  log.write(TARGET, [event(1), event(2)]);
  await log.close(10_000);
  expect(warnings).toMatchObject([{ count: 2, stateMachineArn: TARGET.stateMachineArn }]);
});

it('several logs get the same, the log of the process as fields', async () => {
  const lines: object[] = [];
  const logger = { ...silentLogger, info: (fields: object) => void lines.push(fields) };
  const log = allLogs([createProcessLog(logger), createProcessLog(logger)]);
  log.write(TARGET, [event(7)]);
  await log.close(10);
  const line = { stateMachineArn: TARGET.stateMachineArn, executionEvent: { id: '7' } };
  expect(lines).toEqual([line, line]);
});
