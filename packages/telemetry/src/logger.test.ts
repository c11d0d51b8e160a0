import { expect, test } from 'vitest';
import { createLogger, type LoggerOptions } from './logger.ts';

function record(options: Omit<LoggerOptions, 'destination' | 'name'> = {}) {
  const lines: string[] = [];
  const logger = createLogger({ name: 'worker', ...options, destination: { write: (line) => lines.push(line) } });
  const read = (): Array<Record<string, unknown>> => lines.map((line) => ({ ...parse(line) }));
  return { logger, lines, read };
}

function parse(line: string): object {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error(`not an object: ${line}`);
  return value;
}

test('a line is one JSON object with level, name, time, fields and message', () => {
  const { logger, read } = record();
  logger.info({ executionArn: 'arn:1', count: 2 }, 'claimed');
  const [line] = read();
  expect(line).toMatchObject({ level: 'info', name: 'worker', executionArn: 'arn:1', count: 2, msg: 'claimed' });
  expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('a child adds its fields to every line', () => {
  const { logger, read } = record();
  logger.child({ workerId: 'w1' }).child({ requestId: 'r1' }).warn({}, 'slow');
  expect(read()).toMatchObject([{ level: 'warn', workerId: 'w1', requestId: 'r1' }]);
});

test('what lies below the level is not written', () => {
  const { logger, lines } = record({ level: 'warn' });
  logger.debug({}, 'no');
  logger.info({}, 'no');
  logger.error({}, 'yes');
  expect(lines.length).toBe(1);
  const silent = record({ level: 'silent' });
  silent.logger.error({}, 'no');
  expect(silent.lines).toEqual([]);
});

test('secrets are never written, at the top, deeper, or in a child', () => {
  for (const format of ['json', 'text'] as const) {
    const { logger, lines } = record({ format });
    logger.info({ token: 's3cret', request: { headers: { authorization: 's3cret' } } }, 'one');
    logger.info({ credentials: { secretAccessKey: 's3cret', accessKeyId: 'AKIA' }, password: 's3cret' }, 'two');
    logger.child({ secret: 's3cret', taskToken: 's3cret' }).error({ connectionString: 's3cret' }, 'three');
    expect(lines.length).toBe(3);
    expect(lines.join('')).not.toContain('s3cret');
    expect(lines.join('')).toContain('AKIA');
  }
});

test('an error is written with its stack and its cause', () => {
  const { logger, read } = record();
  logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
  expect(read()).toMatchObject([{ err: { type: 'Error', message: 'outer', cause: { message: 'inner' } } }]);
});

test('what JSON cannot hold does not break logging', () => {
  const { logger, lines } = record();
  const circular: { self?: unknown } = {};
  circular.self = circular;
  logger.info({ circular, big: 1n, missing: undefined }, 'odd');
  expect(lines.length).toBe(1);
});

test('text is one readable line, with the stack below', () => {
  const { logger, lines } = record({ format: 'text' });
  logger.info({ executionArn: 'arn:aws:states:x', count: 2, data: { a: 'b c' } }, 'claimed');
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} INFO  worker claimed executionArn=arn:aws:states:x count=2 data={"a":"b c"}\n$/,
  );
  logger.error({ err: new TypeError('broken') }, 'failed');
  expect(lines[1]).toMatch(/ERROR worker failed\n {4}TypeError: broken\n {4}at /);
});

test('text shows line breaks and terminal codes of others instead of obeying them', () => {
  const { logger, lines } = record({ format: 'text' });
  logger.info({ cause: 'a\u001b[2J\u009bb\nc' }, 'x\u001b[31m\r\ny\u0085');
  expect(lines[0]?.slice(0, -1)).not.toMatch(/\p{Cc}/u);
  expect(lines[0]).toContain('cause="a\\u001b[2J\\u009bb\\nc"');
});
