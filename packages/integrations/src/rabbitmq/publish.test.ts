import type { TaskOutcome, TaskRequest } from '@everstep/engine';
import type { Json } from '@everstep/language';
import {
  type TestRabbitmq,
  TestWay,
  contractRequest,
  describeWithRabbitmq,
  startTestRabbitmq,
} from '@everstep/testkit';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { OwnIntegration } from '../targets/own-integration.ts';
import { createRabbitmqPublishIntegration } from './publish.ts';

describeWithRabbitmq('everstep:rabbitmq:publish', () => {
  let server: TestRabbitmq;
  let way: TestWay;
  let client: ChannelModel;
  let channel: Channel;
  let integration: OwnIntegration;

  beforeAll(async () => {
    server = await startTestRabbitmq();
    client = await connect(server.url);
    channel = await client.createChannel();
    await channel.assertQueue('orders');
    way = await TestWay.to(Number(new URL(server.url).port));
  }, 120_000);
  afterAll(async () => {
    await client?.close();
    await way?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    await channel.purgeQueue('orders');
    const base = { accounts: null, timeoutMs: 10_000 };
    integration = createRabbitmqPublishIntegration(
      new Map([
        ['broker', { ...base, url: server.url }],
        ['far', { ...base, timeoutMs: 500, url: server.url.replace(/:\d+$/, `:${way.port}`) }],
        ['nowhere', { ...base, url: server.url.replace(/:\d+$/, ':1') }],
        ['stranger', { ...base, url: server.url.replace('guest:guest', 'guest:wrong') }],
      ]),
    );
  });
  afterEach(async () => {
    way.release();
    way.cut();
    await integration.close?.();
  });

  const publish = (parameters: object, more: Partial<TaskRequest> = {}): Promise<TaskOutcome> => {
    const given: Json = { Target: 'broker', RoutingKey: 'orders', Content: { a: 1 }, ...parameters };
    return integration.perform(contractRequest('everstep:rabbitmq:publish', given, more));
  };
  const failed = (error: string) => ({ type: 'failed', error, cause: expect.stringMatching(/./) });

  it('publishes a message that the broker has confirmed, with the attempt as its id', async () => {
    const outcome = await publish({ Headers: { kind: 'x', yes: true }, Priority: 3, CorrelationId: 'c', Type: 't' });
    expect(outcome).toEqual({ type: 'succeeded', output: { MessageId: 'e-3', Exchange: '', RoutingKey: 'orders' } });
    const message = await channel.get('orders', { noAck: true });
    if (message === false) throw new Error('there is no message');
    expect(message.content.toString()).toBe('{"a":1}');
    expect(message.properties).toMatchObject({
      messageId: 'e-3',
      contentType: 'application/json',
      deliveryMode: 2,
      headers: { kind: 'x', yes: true },
      priority: 3,
      correlationId: 'c',
      type: 't',
    });
  });

  it('fails a message that reaches no queue, unless it need not', async () => {
    expect(await publish({ RoutingKey: 'nobody' })).toMatchObject(failed('RabbitMQ.Unroutable'));
    expect(await publish({ RoutingKey: 'nobody', Mandatory: false })).toMatchObject({ type: 'succeeded' });
  });

  it('names what goes wrong, without harm to the calls beside it', async () => {
    const [refused, taken] = await Promise.all([publish({ Exchange: 'none' }), publish({})]);
    expect(refused).toMatchObject(failed('RabbitMQ.Refused'));
    expect(taken).toMatchObject({ type: 'succeeded' });
    expect(await publish({ Target: 'nowhere' })).toMatchObject(failed('RabbitMQ.ConnectionFailed'));
    expect(await publish({ Target: 'stranger' })).toMatchObject(failed('RabbitMQ.AuthenticationFailed'));
  });

  it('ends a call that is never answered, and opens a connection that was cut anew', async () => {
    expect(await publish({ Target: 'far' })).toMatchObject({ type: 'succeeded' });
    way.hold();
    expect(await publish({ Target: 'far' })).toMatchObject(failed('RabbitMQ.TimedOut'));
    way.release();
    way.cut();
    let last = await publish({ Target: 'far' });
    // The client hears of the cut a moment later than this call does.
    if (last.type === 'failed') last = await publish({ Target: 'far' });
    expect(last).toMatchObject({ type: 'succeeded' });
  });

  it('is checked', async () => {
    expect(await integration.check('broker')).toBeNull();
    expect(await integration.check('nowhere')).toContain('RabbitMQ.ConnectionFailed');
  });
});
