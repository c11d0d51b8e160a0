import { type Json, type JsonObject, isObject } from '@everstep/language';
import type { Transporter } from 'nodemailer';
import { Connections } from '../targets/connections.ts';
import { optionalPackage } from '../targets/optional-package.ts';
import { type OwnCall, type OwnIntegration, createOwnIntegration } from '../targets/own-integration.ts';
import { asText, listIn, objectIn, textIn } from '../targets/parameters.ts';
import { ServiceFailure, UnusableError, causeOf, connectionFailed } from '../targets/service-failure.ts';
import type { SmtpTarget } from '../targets/target.ts';
import { memberOf, textOf } from '../unknown-member.ts';

const CONNECT_MS = 5_000;
const MAX_CONNECTIONS = 5;

/**
 * `everstep:smtp:sendMail`: a mail, taken by the server for at least one recipient. SMTP knows no keys: the Message-ID is
 * the attempt's, so that a mail that was sent twice can be told, and is shown once by most readers.
 */
export function createSmtpSendMailIntegration(targets: ReadonlyMap<string, SmtpTarget>): OwnIntegration {
  const transports = new Connections<Transporter>(
    (name) => open(targets.get(name)),
    (transport) => transport.close(),
  );
  const check = async (name: string): Promise<void> => {
    await (await transports.get(name)).verify();
  };
  return createOwnIntegration({
    prefix: 'SMTP',
    targets,
    call: async (call: OwnCall<SmtpTarget>) => ({ output: await send(await transports.get(call.name), call) }),
    failureOf: smtpFailure,
    check,
    close: () => transports.close(),
  });
}

async function open(target: SmtpTarget | undefined): Promise<Transporter> {
  const { createTransport } = await optionalPackage('the package nodemailer', () => import('nodemailer'));
  const { url = '', timeoutMs = CONNECT_MS } = target ?? {};
  const server = new URL(url);
  return createTransport({
    host: server.hostname,
    port: server.port === '' ? (server.protocol === 'smtps:' ? 465 : 587) : Number(server.port),
    secure: server.protocol === 'smtps:',
    ...(server.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(server.username), pass: decodeURIComponent(server.password) } }),
    pool: true,
    maxConnections: MAX_CONNECTIONS,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: timeoutMs,
  });
}

async function send(transport: Transporter, { parameters, target, request }: OwnCall<SmtpTarget>): Promise<JsonObject> {
  const from = textIn(parameters, 'From') ?? target.from;
  if (from === null) throw new UnusableError("The field 'From' is required where the target names no sender.");
  const text = textIn(parameters, 'Text');
  const html = textIn(parameters, 'Html');
  const sent: unknown = await transport.sendMail({
    messageId: `<${request.attemptId}@everstep>`,
    from,
    to: addresses(parameters['To']),
    cc: addresses(parameters['Cc']),
    bcc: addresses(parameters['Bcc']),
    replyTo: addresses(parameters['ReplyTo']),
    subject: textIn(parameters, 'Subject') ?? '',
    ...(text === undefined && html !== undefined ? {} : { text: text ?? '' }),
    ...(html === undefined ? {} : { html }),
    headers: headers(objectIn(parameters, 'Headers')),
    attachments: listIn(parameters, 'Attachments').map(attachment),
    // A state's data must not name files or addresses that this machine would read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    MessageId: textOf(sent, 'messageId') ?? '',
    Accepted: texts(memberOf(sent, 'accepted')),
    Rejected: texts(memberOf(sent, 'rejected')),
    Response: textOf(sent, 'response') ?? '',
  };
}

function addresses(given: Json | undefined): string[] {
  if (typeof given === 'string') return [given];
  return Array.isArray(given) ? given.map(asText) : [];
}

function headers(given: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, asText(value)]));
}

function attachment(given: Json, index: number) {
  const { FileName, Content, ContentType, Encoding = 'utf8' } = isObject(given) ? given : {};
  if (typeof FileName !== 'string' || typeof Content !== 'string' || (Encoding !== 'utf8' && Encoding !== 'base64')) {
    throw new UnusableError(
      `Attachments[${index}] must have FileName and Content, texts, and may have ContentType, and Encoding utf8 or base64.`,
    );
  }
  return {
    filename: FileName,
    content: Buffer.from(Content, Encoding),
    ...(typeof ContentType === 'string' ? { contentType: ContentType } : {}),
  };
}

function texts(list: unknown): string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

function smtpFailure(error: unknown): ServiceFailure | null {
  const code = textOf(error, 'code');
  const cause = causeOf(error);
  switch (code) {
    case 'EAUTH':
    case 'ENOAUTH':
      return new ServiceFailure('AuthenticationFailed', cause);
    case 'ECONNECTION':
    case 'ESOCKET':
    case 'EDNS':
    case 'ETLS':
    case 'EPROTOCOL':
      return connectionFailed(cause);
    case 'ETIMEDOUT':
      return new ServiceFailure('TimedOut', cause);
    case 'EENVELOPE':
    case 'EMESSAGE':
      return new ServiceFailure('Refused', cause);
    default:
      return null;
  }
}
