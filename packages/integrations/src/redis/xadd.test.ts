import type { TaskOutcome, TaskRequest } from '@everstep/engine';
import type { Json } from '@everstep/language';
import { type TestRedis, TestWay, contractRequest, describeWithRedis, startTestRedis } from '@everstep/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { OwnIntegration } from '../targets/own-integration.ts';
import { createRedisXaddIntegration } from './xadd.ts';

describeWithRedis('everstep:redis:xadd', () => {
  let server: TestRedis;
  let way: TestWay;
  let client: Redis;
  let integration: OwnIntegration;

  beforeAll(async () => {
    server = await startTestRedis({ own: true });
    way = await TestWay.to(Number(new URL(server.url).port));
    client = new Redis(server.url);
  });
  afterAll(async () => {
    client.disconnect();
    await way.close();
    await server.stop();
  });
  beforeEach(async () => {
    await client.flushdb();
    const at = (change: (url: URL) => void): string => {
      const url = new URL(server.url);
      change(url);
      return url.href;
    };
    const base = { accounts: null, timeoutMs: 5_000 };
    integration = createRedisXaddIntegration(
      new Map([
        ['events', { ...base, url: server.url }],
        ['far', { ...base, timeoutMs: 500, url: at((url) => (url.port = String(way.port))) }],
        ['nowhere', { ...base, url: at((url) => (url.port = '1')) }],
        ['stranger', { ...base, url: at((url) => (url.password = 'wrong')) }],
        ['unsigned', { ...base, url: at((url) => (url.password = '')) }],
      ]),
    );
  });
  afterEach(async () => {
    way.release();
    way.cut();
    await integration.close?.();
  });

  const append = (parameters: object, more: Partial<TaskRequest> = {}): Promise<TaskOutcome> => {
    const given: Json = { Target: 'events', Stream: 's', Fields: { a: 1, b: 'two', c: { d: [true] } }, ...parameters };
    return integration.perform(contractRequest('everstep:redis:xadd', given, more));
  };
  const failed = (error: string) => ({ type: 'failed', error, cause: expect.stringMatching(/./) });

  it('appends an entry, once for an attempt', async () => {
    const first = await append({});
    expect(first).toMatchObject({
      type: 'succeeded',
      output: { Stream: 's', Id: expect.any(String), Duplicate: false },
    });
    const again = await append({});
    expect(again).toMatchObject({ output: { Id: Object(first).output.Id, Duplicate: true } });
    expect(await append({}, { attemptId: 'e-4' })).toMatchObject({ output: { Duplicate: false } });
    const entries = await client.xrange('s', '-', '+');
    expect(entries.map(([, fields]) => fields)).toEqual([
      ['a', '1', 'b', 'two', 'c', '{"d":[true]}'],
      ['a', '1', 'b', 'two', 'c', '{"d":[true]}'],
    ]);
  });

  it('keeps the stream near a length', async () => {
    for (let attempt = 0; attempt < 300; attempt += 1) await append({ MaxLength: 10 }, { attemptId: `e-${attempt}` });
    expect(await client.xlen('s')).toBeLessThan(200);
  });

  it('waits for a callback where the state does', async () => {
    const request = contractRequest(
      'everstep:redis:xadd',
      { Target: 'events', Stream: 's', Fields: { token: 't' } },
      { pattern: 'waitForTaskToken' },
    );
    expect((await integration.perform(request)).type).toBe('submitted');
  });

  it('names what goes wrong', async () => {
    expect(await append({ Target: 'nowhere' })).toMatchObject(failed('Redis.ConnectionFailed'));
    expect(await append({ Target: 'stranger' })).toMatchObject(failed('Redis.AuthenticationFailed'));
    expect(await append({ Target: 'unsigned' })).toMatchObject(failed('Redis.AuthenticationFailed'));
    await client.set('s', 'no stream');
    expect(await append({})).toMatchObject(failed('Redis.Refused'));
    expect(await append({ Fields: {} })).toMatchObject(failed('States.Runtime'));
  });

  it('ends a call that is never answered, and opens a connection that was cut anew', async () => {
    expect(await append({ Target: 'far' })).toMatchObject({ type: 'succeeded' });
    way.hold();
    expect(await append({ Target: 'far' }, { attemptId: 'e-8' })).toMatchObject(failed('Redis.TimedOut'));
    way.release();
    expect(await append({ Target: 'far' }, { attemptId: 'e-9' }), 'by another connection').toMatchObject({
      type: 'succeeded',
    });
    way.cut();
    let last = await append({ Target: 'far' }, { attemptId: 'e-10' });
    // The client hears of the cut a moment later than this call does.
    if (last.type === 'failed') last = await append({ Target: 'far' }, { attemptId: 'e-10' });
    expect(last).toMatchObject({ type: 'succeeded' });
  });

  it('is checked', async () => {
    expect(await integration.check('events')).toBeNull();
    expect(await integration.check('stranger')).toContain('Redis.AuthenticationFailed');
  });
});
