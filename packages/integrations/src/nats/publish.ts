import type { JsonObject } from '@everstep/language';
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { Connections } from '../targets/connections.ts';
import { optionalPackage } from '../targets/optional-package.ts';
import { type OwnCall, type OwnIntegration, createOwnIntegration } from '../targets/own-integration.ts';
import { asText, booleanIn, objectIn, textIn } from '../targets/parameters.ts';
import { ServiceFailure, causeOf, connectionFailed } from '../targets/service-failure.ts';
import type { NatsTarget } from '../targets/target.ts';
import { textOf } from '../unknown-member.ts';

const CONNECT_MS = 5_000;
const MESSAGE_ID = 'Nats-Msg-Id';

/**
 * `everstep:nats:publish`: a message, taken by the server (core NATS) or stored in a stream (JetStream). Its Nats-Msg-Id is
 * the attempt's, by which JetStream tells a repetition within the stream's window.
 */
export function createNatsPublishIntegration(targets: ReadonlyMap<string, NatsTarget>): OwnIntegration {
  const connections = new Connections<NatsConnection>(
    (name, onGone) => open(targets.get(name), onGone),
    (connection) => connection.close(),
  );
  const check = async (name: string): Promise<void> => {
    await (await connections.get(name)).flush();
  };
  return createOwnIntegration({
    prefix: 'NATS',
    targets,
    call: async (call: OwnCall<NatsTarget>) => ({ output: await publish(await connections.get(call.name), call) }),
    failureOf: natsFailure,
    check,
    drop: (name) => connections.drop(name),
    close: () => connections.close(),
  });
}

const PACKAGES = 'the packages @nats-io/transport-node and @nats-io/jetstream';
const loadNats = () => optionalPackage(PACKAGES, () => import('@nats-io/transport-node'));

async function open(target: NatsTarget | undefined, onGone: () => void): Promise<NatsConnection> {
  const { connect } = await loadNats();
  const { servers = [], user = null, password = null, token = null } = target ?? {};
  const connection = await connect({
    servers: [...servers],
    name: 'everstep task',
    timeout: CONNECT_MS,
    // One that is cut is opened anew by the next call, which can say what is wrong.
    reconnect: false,
    ...(user === null ? {} : { user }),
    ...(password === null ? {} : { pass: password }),
    ...(token === null ? {} : { token }),
  });
  void connection.closed().then(onGone, onGone);
  return connection;
}

async function publish(
  connection: NatsConnection,
  { parameters, request, target }: OwnCall<NatsTarget>,
): Promise<JsonObject> {
  const { headers } = await loadNats();
  const subject = textIn(parameters, 'Subject') ?? '';
  const data = asText(parameters['Data'] ?? '');
  const given = withHeaders(headers(), objectIn(parameters, 'Headers'));
  const messageId = given.get(MESSAGE_ID) === '' ? request.attemptId : given.get(MESSAGE_ID);
  given.set(MESSAGE_ID, messageId);
  if (booleanIn(parameters, 'JetStream') !== true) {
    connection.publish(subject, data, { headers: given });
    // The server has it once it answers what came after it.
    await connection.flush();
    return { Subject: subject, MessageId: messageId };
  }
  const { jetstream } = await optionalPackage(PACKAGES, () => import('@nats-io/jetstream'));
  const stored = await jetstream(connection).publish(subject, data, {
    msgID: messageId,
    headers: given,
    timeout: target.timeoutMs,
    retries: 0,
  });
  const { stream, seq, duplicate } = stored;
  return { Subject: subject, MessageId: messageId, Stream: stream, Sequence: seq, Duplicate: duplicate };
}

function withHeaders(headers: MsgHdrs, given: JsonObject): MsgHdrs {
  for (const [name, value] of Object.entries(given)) {
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, asText(one));
  }
  return headers;
}

function natsFailure(error: unknown): ServiceFailure | null {
  const name = textOf(error, 'name') ?? '';
  const cause = causeOf(error);
  if (/Authorization|Authentication/i.test(`${name} ${cause}`))
    return new ServiceFailure('AuthenticationFailed', cause);
  if (/Permissions?Violation/i.test(`${name} ${cause}`)) return new ServiceFailure('Refused', cause);
  if (/NoResponders|no responders|jetstream is not enabled/i.test(`${name} ${cause}`)) {
    return new ServiceFailure('NoStream', `No stream takes this subject: ${cause}`);
  }
  if (/Timeout/i.test(name)) return new ServiceFailure('TimedOut', cause);
  if (/Connection|Closed|Draining/i.test(name) || /connection refused|ECONN/i.test(cause))
    return connectionFailed(cause);
  return /JetStream/i.test(name) ? new ServiceFailure('Refused', cause) : null;
}
