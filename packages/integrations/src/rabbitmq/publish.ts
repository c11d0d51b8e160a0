import type { JsonObject } from '@everstep/language';
import type { ChannelModel, ConfirmChannel, Options } from 'amqplib';
import { Connections } from '../targets/connections.ts';
import { optionalPackage } from '../targets/optional-package.ts';
import { type OwnCall, type OwnIntegration, createOwnIntegration } from '../targets/own-integration.ts';
import { asText, booleanIn, integerIn, objectIn, textIn } from '../targets/parameters.ts';
import { ServiceFailure, causeOf, connectionFailed, isOfTheWay } from '../targets/service-failure.ts';
import type { RabbitmqTarget } from '../targets/target.ts';
import { memberOf } from '../unknown-member.ts';

const CONNECT_MS = 5_000;

/**
 * `everstep:rabbitmq:publish`: a message that the broker has confirmed. Its message id is the attempt's, for consumers
 * that want to know a repetition; one that reaches no queue fails the task unless it need not.
 */
export function createRabbitmqPublishIntegration(targets: ReadonlyMap<string, RabbitmqTarget>): OwnIntegration {
  const connections = new Connections<ChannelModel>(
    (name, onGone) => open(targets.get(name)?.url ?? '', onGone),
    (connection) => connection.close(),
  );
  const check = async (name: string): Promise<void> => {
    const channel = await (await connections.get(name)).createChannel();
    await channel.close();
  };
  return createOwnIntegration({
    prefix: 'RabbitMQ',
    targets,
    call: async (call: OwnCall<RabbitmqTarget>) => ({ output: await publish(await connections.get(call.name), call) }),
    failureOf: rabbitmqFailure,
    check,
    drop: (name) => connections.drop(name),
    close: () => connections.close(),
  });
}

async function open(url: string, onGone: () => void): Promise<ChannelModel> {
  const { connect } = await optionalPackage('the package amqplib', () => import('amqplib'));
  const connection = await connect(url, {
    timeout: CONNECT_MS,
    clientProperties: { connection_name: 'everstep task' },
  });
  connection.on('close', onGone);
  // The calls under way hear of it by their channels.
  connection.on('error', onGone);
  return connection;
}

/** A channel of its own for each call: the broker closes the channel of a message that it refuses. */
async function publish(connection: ChannelModel, call: OwnCall<RabbitmqTarget>): Promise<JsonObject> {
  const channel = await connection.createConfirmChannel();
  try {
    return await confirmed(channel, call);
  } finally {
    channel.close().catch(() => undefined);
  }
}

function confirmed(channel: ConfirmChannel, { parameters, request }: OwnCall<RabbitmqTarget>): Promise<JsonObject> {
  const exchange = textIn(parameters, 'Exchange') ?? '';
  const routingKey = textIn(parameters, 'RoutingKey') ?? '';
  return new Promise((resolve, reject) => {
    let refusal: ServiceFailure | null = null;
    channel.on('return', () => {
      refusal = new ServiceFailure('Unroutable', `No queue takes '${routingKey}' from the exchange '${exchange}'.`);
    });
    channel.on('error', reject);
    channel.on('close', () => reject(connectionFailed('The channel was closed before the broker had confirmed.')));
    const content = Buffer.from(asText(parameters['Content']), 'utf8');
    channel.publish(exchange, routingKey, content, options(parameters, request.attemptId), (error: unknown) => {
      if (refusal !== null) reject(refusal);
      else if (error !== null && error !== undefined) reject(new ServiceFailure('Refused', causeOf(error)));
      else resolve({ MessageId: request.attemptId, Exchange: exchange, RoutingKey: routingKey });
    });
  });
}

function options(parameters: JsonObject, messageId: string): Options.Publish {
  const priority = integerIn(parameters, 'Priority');
  const expiration = integerIn(parameters, 'ExpirationMs');
  const correlationId = textIn(parameters, 'CorrelationId');
  const type = textIn(parameters, 'Type');
  const isText = typeof parameters['Content'] === 'string';
  return {
    messageId,
    persistent: booleanIn(parameters, 'Persistent') ?? true,
    mandatory: booleanIn(parameters, 'Mandatory') ?? true,
    contentType: textIn(parameters, 'ContentType') ?? (isText ? 'text/plain; charset=utf-8' : 'application/json'),
    headers: plain(objectIn(parameters, 'Headers')),
    ...(priority === undefined ? {} : { priority }),
    ...(expiration === undefined ? {} : { expiration }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(type === undefined ? {} : { type }),
  };
}

/** AMQP has no numbers of any length, and no nested JSON that every consumer knows. */
function plain(headers: JsonObject): Record<string, string | boolean> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'boolean' ? value : asText(value)]),
  );
}

const AUTHENTICATION = new Set([403]);

function rabbitmqFailure(error: unknown): ServiceFailure | null {
  const cause = causeOf(error);
  const code = memberOf(error, 'code');
  if (/ACCESS[_-]REFUSED|Handshake terminated by server: 403/i.test(cause) || AUTHENTICATION.has(Number(code))) {
    return new ServiceFailure('AuthenticationFailed', cause);
  }
  if (isOfTheWay(error) || /closed|socket|heartbeat|connect/i.test(cause)) {
    const isOfTheChannel = typeof code === 'number' && code >= 400 && code < 500;
    return isOfTheChannel ? new ServiceFailure('Refused', cause) : connectionFailed(cause);
  }
  return null;
}
