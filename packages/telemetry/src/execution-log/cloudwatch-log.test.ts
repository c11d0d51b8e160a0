import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionLogEvent, Logger } from '@everstep/engine';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCloudWatchLog } from './cloudwatch-log.ts';

interface Call {
  readonly operation: string;
  readonly body: {
    readonly logGroupName: string;
    readonly logStreamName: string;
    readonly logEvents?: readonly ExecutionLogEvent[];
  };
}

type Answer = 'ok' | { readonly status: number; readonly type: string };

const TARGET = {
  stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:orders',
  logGroupArn: 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/orders:*',
};

let server: Server;
let endpoint: string;
let calls: Call[];
/** What the server answers to its next calls; `ok` afterwards. */
let answers: Answer[];
let whenCalled: () => void;
let warnings: object[];
const logger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields) => void warnings.push(fields),
  error: () => undefined,
  child: () => logger,
};

beforeEach(async () => {
  [calls, answers, warnings] = [[], [], []];
  whenCalled = () => undefined;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      calls.push({ operation, body: JSON.parse(Buffer.concat(chunks).toString()) });
      const answer = answers.shift() ?? 'ok';
      const failed = answer !== 'ok';
      response.writeHead(failed ? answer.status : 200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(failed ? JSON.stringify({ __type: answer.type, message: 'no' }) : '{}');
      whenCalled();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  endpoint = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const event = (number: number, message = `{"id":"${number}"}`): ExecutionLogEvent => ({ timestamp: number, message });
const open = (maxWaitingBytes = 1_000_000) =>
  createCloudWatchLog({ endpoint, logger, outbox: { lingerMs: 1, maxWaitingBytes } });
const operations = () => calls.map(({ operation }) => operation);
const delivered = () => calls.filter(({ operation }) => operation === 'PutLogEvents').at(-1)?.body.logEvents;

describe('the log in CloudWatch Logs', () => {
  it('opens a stream named as AWS names it and delivers in order', async () => {
    const log = open();
    log.write(TARGET, [event(1), event(2)]);
    log.write(TARGET, [event(2, '{"id":"2b"}')]);
    await log.close(10_000);
    expect(operations()).toEqual(['CreateLogStream', 'PutLogEvents']);
    const { logGroupName, logStreamName } = calls[0]?.body ?? {};
    expect(logGroupName).toBe('/aws/vendedlogs/states/orders');
    expect(logStreamName).toMatch(/^states\/orders\/\d{4}-\d\d-\d\d-\d\d-\d\d\/[0-9a-f]{8}$/);
    expect(calls[1]?.body.logStreamName).toBe(logStreamName);
    expect(delivered()).toEqual([event(1), event(2), event(2, '{"id":"2b"}')]);
  });

  it.each<[string, Answer[], string[]]>([
    ['is throttled', ['ok', { status: 400, type: 'ThrottlingException' }], ['PutLogEvents']],
    ['fails inside', ['ok', { status: 500, type: 'InternalFailure' }], ['PutLogEvents']],
    [
      'has lost the stream',
      ['ok', { status: 400, type: 'ResourceNotFoundException' }],
      ['CreateLogStream', 'PutLogEvents'],
    ],
  ])('tries again where the service %s', async (_what, given, then) => {
    answers = given;
    const log = open();
    log.write(TARGET, [event(1)]);
    await new Promise<void>((resolve) => {
      whenCalled = () => {
        if (calls.length === 2 + then.length) resolve();
      };
    });
    await log.close(10_000);
    expect(operations()).toEqual(['CreateLogStream', 'PutLogEvents', ...then]);
    expect(delivered()).toEqual([event(1)]);
    expect(warnings).toEqual([]);
  });

  it('takes a stream that is there already', async () => {
    answers = [{ status: 400, type: 'ResourceAlreadyExistsException' }];
    const log = open();
    log.write(TARGET, [event(1)]);
    await log.close(10_000);
    expect(delivered()).toEqual([event(1)]);
  });

  it('drops and tells where there is no such log group, and goes on', async () => {
    answers = [{ status: 400, type: 'ResourceNotFoundException' }];
    const log = open();
    log.write(TARGET, [event(1)]);
    log.write({ ...TARGET, logGroupArn: 'nonsense' }, [event(9)]);
    log.write({ ...TARGET, stateMachineArn: `${TARGET.stateMachineArn}-2` }, [event(2)]);
    await log.close(10_000);
    expect(delivered()).toEqual([event(2)]);
    expect(warnings.length).toBeGreaterThan(0);
  });

  it('splits what is too much for one request', async () => {
    const log = open(10_000_000);
    const large = '"'.padEnd(250_000, 'x');
    log.write(
      TARGET,
      Array.from({ length: 10 }, (_, index) => event(index, large)),
    );
    await log.close(10_000);
    const puts = calls.filter(({ operation }) => operation === 'PutLogEvents');
    expect(puts.map(({ body }) => body.logEvents?.length)).toEqual([4, 4, 2]);
  });

  it('holds bounded memory and says what it has lost', async () => {
    const log = open(1_000);
    for (let number = 0; number < 100; number += 1) log.write(TARGET, [event(number)]);
    await log.close(10_000);
    const counted = delivered()?.length ?? 0;
    expect(counted).toBeGreaterThan(20);
    expect(counted).toBeLessThan(40);
    const lost = warnings.reduce((sum, fields) => sum + Number(Reflect.get(fields, 'count')), 0);
    expect(counted + lost).toBe(100);
  });

  it('ends in time where nobody answers', async () => {
    await new Promise((resolve) => server.close(resolve));
    const log = open();
    log.write(TARGET, [event(1)]);
    await log.close(300);
    expect(warnings).toMatchObject([{ count: 1 }]);
  });
});
