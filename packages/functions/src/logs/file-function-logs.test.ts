import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@everstep/engine';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileFunctionLogs } from './file-function-logs.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'everstep-function-logs-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const line = (message: string) => ({ at: 1, functionName: 'f', version: '$LATEST', requestId: 'r', message });

async function messages(logs: ReturnType<typeof createFileFunctionLogs>, limit: number, position?: string) {
  const page = await logs.read({ functionName: 'f', limit, ...(position === undefined ? {} : { position }) });
  return { messages: page?.lines.map(({ message }) => message), position: page?.position ?? '' };
}

it('keeps lines in order; a reader begins with the newest and goes on from there', async () => {
  const logs = createFileFunctionLogs({ directory, logger: silentLogger });
  for (let n = 1; n <= 5; n += 1) logs.write(line(`${n} é😀`));
  const first = await messages(logs, 2);
  expect(first.messages).toEqual(['4 é😀', '5 é😀']);
  expect((await messages(logs, 10, first.position)).messages).toEqual([]);
  for (const text of ['6 é', '7', '8']) logs.write(line(text));
  const second = await messages(logs, 2, first.position);
  expect(second.messages).toEqual(['6 é', '7']);
  const third = await messages(logs, 2, second.position);
  expect(third.messages).toEqual(['8']);
  expect((await messages(logs, 2, third.position)).messages).toEqual([]);
  await logs.close();
});

it('puts a large file aside, and a reader follows', async () => {
  const logs = createFileFunctionLogs({ directory, logger: silentLogger, maxFileBytes: 100 });
  const write = async (text: string): Promise<void> => {
    logs.write(line(text));
    await logs.close();
  };
  await write('a'.repeat(100));
  const { position } = await messages(logs, 1);
  await write('second file');
  await write('also there');
  expect((await readdir(directory)).toSorted()).toEqual(['f.1.jsonl', 'f.jsonl']);
  expect((await messages(logs, 10, position)).messages).toEqual(['second file', 'also there']);
  expect((await messages(logs, 3)).messages).toEqual(['a'.repeat(100), 'second file', 'also there']);
});

it('a reader comes past a line that is longer than an answer', async () => {
  const logs = createFileFunctionLogs({ directory, logger: silentLogger });
  const long = '\u0001'.repeat(400_000);
  for (const text of [long, 'after']) logs.write(line(text));
  await logs.close();
  const first = await messages(logs, 10, '0-0');
  expect(first.messages).toEqual([long, 'after']);
  expect((await messages(logs, 10, first.position)).messages).toEqual([]);
});

it('of many processes that find a file full, one puts it aside', async () => {
  const all = [1, 2, 3, 4].map(() => createFileFunctionLogs({ directory, logger: silentLogger, maxFileBytes: 100 }));
  const [first] = all;
  first?.write(line('a'.repeat(100)));
  await first?.close();
  for (const logs of all) logs.write(line('b'));
  await Promise.all(all.map((logs) => logs.close()));
  const kept = await readFile(join(directory, 'f.1.jsonl'), 'utf8');
  expect(kept).toContain('a'.repeat(100));
  expect((await readdir(directory)).toSorted()).toEqual(['f.1.jsonl', 'f.jsonl']);
});

it('has nothing of a function that wrote nothing, and reads no other files', async () => {
  const logs = createFileFunctionLogs({ directory, logger: silentLogger });
  expect(await messages(logs, 10)).toEqual({ messages: [], position: '0-0' });
  await writeFile(join(directory, '../outside.jsonl'), `${JSON.stringify(line('secret'))}\n`).catch(() => undefined);
  expect((await logs.read({ functionName: '../outside', limit: 10 }))?.lines).toEqual([]);
  await rm(join(directory, '../outside.jsonl'), { force: true });
  logs.write(line('first'));
  expect((await messages(logs, 10, '0-0')).messages).toEqual(['first']);
  expect((await messages(logs, 10, 'nonsense')).messages).toEqual(['first']);
});

it('a folder that cannot be written costs the lines, and is told', async () => {
  const warnings: object[] = [];
  const logger = { ...silentLogger, warn: (fields: object) => void warnings.push(fields) };
  const file = join(directory, 'file');
  await writeFile(file, '');
  const logs = createFileFunctionLogs({ directory: file, logger });
  logs.write(line('lost'));
  await logs.close();
  expect(warnings).toMatchObject([{ functionName: 'f' }]);
});
