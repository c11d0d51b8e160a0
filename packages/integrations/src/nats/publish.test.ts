import type { TaskOutcome, TaskRequest } from '@everstep/engine';
import type { Json } from '@everstep/language';
import { type TestNats, TestWay, contractRequest, describeWithNats, startTestNats } from '@everstep/testkit';
import { jetstreamManager } from '@nats-io/jetstream';
import { type NatsConnection, connect } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { OwnIntegration } from '../targets/own-integration.ts';
import { createNatsPublishIntegration } from './publish.ts';

describeWithNats('everstep:nats:publish', () => {
  let server: TestNats;
  let way: TestWay;
  let client: NatsConnection;
  let integration: OwnIntegration;

  beforeAll(async () => {
    server = await startTestNats();
    client = await connect({ servers: server.server, token: server.token });
    const manager = await jetstreamManager(client);
    await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
    way = await TestWay.to(Number(server.server.split(':')[1]));
  });
  afterAll(async () => {
    await client.close();
    await way.close();
    await server.stop();
  });
  beforeEach(() => {
    const base = { accounts: null, timeoutMs: 5_000, user: null, password: null, token: server.token };
    integration = createNatsPublishIntegration(
      new Map([
        ['bus', { ...base, servers: [server.server] }],
        ['far', { ...base, servers: [`127.0.0.1:${way.port}`], timeoutMs: 500 }],
        ['nowhere', { ...base, servers: ['127.0.0.1:1'] }],
        ['stranger', { ...base, servers: [server.server], token: 'wrong' }],
      ]),
    );
  });
  afterEach(async () => {
    way.release();
    way.cut();
    await integration.close?.();
  });

  const publish = (parameters: object, more: Partial<TaskRequest> = {}): Promise<TaskOutcome> => {
    const given: Json = { Target: 'bus', Subject: 'news', Data: { a: 1 }, ...parameters };
    return integration.perform(contractRequest('everstep:nats:publish', given, more));
  };
  const failed = (error: string) => ({ type: 'failed', error, cause: expect.stringMatching(/./) });

  it('publishes a message with its headers and the attempt as its id', async () => {
    const subscription = client.subscribe('news', { max: 1 });
    await client.flush();
    const outcome = await publish({ Headers: { Kind: ['x', 'y'], Number: 7 } });
    expect(outcome).toEqual({ type: 'succeeded', output: { Subject: 'news', MessageId: 'e-3' } });
    for await (const message of subscription) {
      expect(message.json()).toEqual({ a: 1 });
      expect(message.headers?.get('Nats-Msg-Id')).toBe('e-3');
      expect(message.headers?.values('Kind')).toEqual(['x', 'y']);
      expect(message.headers?.get('Number')).toBe('7');
    }
  });

  it('stores a message in its stream, once for an attempt', async () => {
    const stored = { Subject: 'orders.new', JetStream: true };
    expect(await publish(stored)).toEqual({
      type: 'succeeded',
      output: { Subject: 'orders.new', MessageId: 'e-3', Stream: 'ORDERS', Sequence: 1, Duplicate: false },
    });
    expect(await publish(stored)).toMatchObject({ output: { Sequence: 1, Duplicate: true } });
    expect(await publish(stored, { attemptId: 'e-4' })).toMatchObject({ output: { Sequence: 2, Duplicate: false } });
  });

  it('names what goes wrong', async () => {
    expect(await publish({ Target: 'nowhere' })).toMatchObject(failed('NATS.ConnectionFailed'));
    expect(await publish({ Target: 'stranger' })).toMatchObject(failed('NATS.AuthenticationFailed'));
    expect(await publish({ Subject: 'nobody.stores', JetStream: true })).toMatchObject(failed('NATS.NoStream'));
  });

  it('ends a call that is never answered, and opens a connection that was cut anew', async () => {
    expect(await publish({ Target: 'far' })).toMatchObject({ type: 'succeeded' });
    way.hold();
    expect(await publish({ Target: 'far' })).toMatchObject(failed('NATS.TimedOut'));
    way.release();
    way.cut();
    let last = await publish({ Target: 'far' });
    // The client hears of the cut a moment later than this call does.
    if (last.type === 'failed') last = await publish({ Target: 'far' });
    expect(last).toMatchObject({ type: 'succeeded' });
  });

  it('is checked', async () => {
    expect(await integration.check('bus')).toBeNull();
    expect(await integration.check('stranger')).toContain('NATS.AuthenticationFailed');
  });
});
