import type { operations } from '@everstep/protocol';
import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock } from '@everstep/testkit';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_SETTINGS,
  type Integration,
  type TaskRequest,
  createEngineContext,
  silentLogger,
  testState,
} from '../index.ts';

const ROLE = 'arn:aws:iam::123456789012:role/run';

function bench(integration: Integration | null = null) {
  const clock = new VirtualClock();
  const context = createEngineContext({
    store: createMemoryStore({ now: () => clock.now() }),
    hints: createLocalQueue({ logger: silentLogger }),
    clock,
    logger: silentLogger,
    settings: DEFAULT_SETTINGS,
  });
  const ports = {
    registry: { find: () => integration, close: async () => {} },
    models: { answerOf: async () => null },
    signal: new AbortController().signal,
  };
  const test = (definition: object, more: Partial<operations.TestStateInput> = {}) =>
    testState(context, ports, { definition: JSON.stringify(definition), roleArn: ROLE, ...more });
  return { clock, test };
}

const TASK = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true };

describe('the time of a tested state', () => {
  it('passes as it would in an execution', async () => {
    const { clock, test } = bench();
    const answer = test({ Type: 'Wait', Seconds: 90, Next: 'B' });
    await clock.advance(89_000);
    await clock.advance(1_000);
    expect(await answer).toEqual({ status: 'SUCCEEDED', output: '{}', nextState: 'B' });
  });

  it('is five minutes at most: a longer Wait fails at once, a task when they are over', async () => {
    let seen: TaskRequest | null = null;
    const { clock, test } = bench({
      perform: (request) => {
        seen = request;
        return new Promise(() => {});
      },
    });
    expect(await test({ Type: 'Wait', Seconds: 301, Next: 'B' })).toEqual({
      status: 'FAILED',
      error: 'States.Timeout',
    });
    const late = test(TASK);
    await clock.advance(300_000);
    expect(await late).toEqual({ status: 'FAILED', error: 'States.Timeout' });
    expect(seen).toMatchObject({ signal: { aborted: true } });
  });

  it('ends with the task’s own time-out, which Catch may name', async () => {
    const { clock, test } = bench({ perform: () => new Promise(() => {}) });
    const Catch = [{ ErrorEquals: ['States.Timeout'], Next: 'Late' }];
    const answer = test({ ...TASK, TimeoutSeconds: 2, Catch });
    await clock.advance(2_000);
    expect(await answer).toMatchObject({ status: 'CAUGHT_ERROR', error: 'States.Timeout', nextState: 'Late' });
  });
});

describe('a tested task', () => {
  it('fails as in an execution where nobody performs it, or its integration has a bug', async () => {
    expect(await bench().test(TASK)).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining('is not available on this installation'),
    });
    const broken = bench({ perform: () => Promise.reject(new Error('a bug')) });
    expect(await broken.test(TASK)).toEqual({ status: 'FAILED', error: 'States.TaskFailed', cause: 'a bug' });
  });
});

describe('what goes over the wire', () => {
  const http = { Type: 'Task', Resource: 'arn:aws:states:::http:invoke', End: true };
  const calling: Integration = {
    async perform({ trace }) {
      const secret = trace?.revealSecrets === true ? 'hunter2' : 'hidden';
      trace?.note({ request: { url: 'https://first' } });
      trace?.note({ request: { url: `https://${secret}` }, response: { statusCode: '429' } });
      return { type: 'failed', error: 'States.Http.StatusCode.429', cause: 'Too Many Requests', retryAfterMs: 7_000 };
    },
  };

  it('is told with TRACE, its secrets only to who asks for them', async () => {
    const { test } = bench(calling);
    const seen = async (more: Partial<operations.TestStateInput>) => (await test(http, more)).inspectionData;
    expect(await seen({ inspectionLevel: 'TRACE' })).toMatchObject({
      request: { url: 'https://hidden' },
      response: { statusCode: '429' },
    });
    expect(await seen({ inspectionLevel: 'TRACE', revealSecrets: true })).toMatchObject({
      request: { url: 'https://hunter2' },
    });
    expect(await seen({ inspectionLevel: 'DEBUG', revealSecrets: true })).not.toHaveProperty('request');
    expect(await seen({})).toBeUndefined();
  });

  it('tells how long a retry would wait for a service that asked to be left alone', async () => {
    const { test } = bench(calling);
    const Retry = [{ ErrorEquals: ['States.Http.StatusCode.429'], IntervalSeconds: 1 }];
    expect(await test({ ...http, Retry }, { inspectionLevel: 'DEBUG' })).toMatchObject({
      status: 'RETRIABLE',
      inspectionData: { errorDetails: { retryIndex: 0, retryBackoffIntervalSeconds: 7 } },
    });
  });
});
