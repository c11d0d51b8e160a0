import {
  type Outgoing,
  type OutgoingAnswer,
  type OutgoingFailure,
  OutgoingFailedError,
  type OutgoingPolicy,
  OutgoingRefusedError,
  type OutgoingRequest,
  OutgoingTooLargeError,
} from '@everstep/engine';
import { type ClientRequest, type IncomingMessage, STATUS_CODES, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { type LookupFunction, type Socket, isIP } from 'node:net';
import { textOf } from '../unknown-member.ts';
import { type ResolveHost, type ResolvedAddress, createResolver } from './resolve-host.ts';
import { aborted, unlessAborted } from './unless-aborted.ts';

export interface OutgoingOptions {
  readonly policy: OutgoingPolicy;
  /** The machine's own names where absent. */
  readonly resolve?: ResolveHost;
  /** Certificates to trust in place of the usual ones, in PEM. */
  readonly certificates?: string;
}

interface Target {
  readonly host: string;
  readonly port: number;
  readonly isPlain: boolean;
}

/**
 * HTTP/1.1 by Node's own client, a connection a call. A name is resolved once, here, and the connection goes to the very
 * addresses that the policy has seen: what a name server says a moment later plays no part.
 */
export function createOutgoing({ policy, resolve = createResolver(), certificates }: OutgoingOptions): Outgoing {
  return {
    async request(request): Promise<OutgoingAnswer> {
      const target = targetOf(request.url);
      const addresses = await unlessAborted(request.signal, () => addressesOf(target, resolve));
      const refusals = addresses.map(({ address }) => policy.refusal(target, address));
      const open = addresses.filter((_address, index) => refusals[index] === null);
      if (open.length === 0) throw new OutgoingRefusedError(refusals[0] ?? `'${target.host}' has no address.`);
      const guard = (address: string): boolean => policy.refusal(target, address) === null;
      return exchange(request, { target, open, guard, certificates });
    },
  };
}

/** Throws OutgoingRefusedError for what is no plain web address. */
function targetOf(url: URL): Target {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new OutgoingRefusedError(`'${url.protocol}//' is not called: only https and http are.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new OutgoingRefusedError('A URL with a user or a password in it is not called.');
  }
  const isPlain = url.protocol === 'http:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  return { host, port: url.port === '' ? (isPlain ? 80 : 443) : Number(url.port), isPlain };
}

async function addressesOf({ host }: Target, resolve: ResolveHost): Promise<readonly ResolvedAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  try {
    return await resolve(host);
  } catch (error) {
    throw failed('unresolved', error);
  }
}

interface Way {
  readonly target: Target;
  readonly open: readonly ResolvedAddress[];
  /** Whether the address that was connected to is one of those that may be. */
  readonly guard: (address: string) => boolean;
  readonly certificates: string | undefined;
}

function exchange(request: OutgoingRequest, way: Way): Promise<OutgoingAnswer> {
  const { signal } = request;
  return new Promise((resolve, reject) => {
    const sent = send(request, way);
    const end = (error: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      reject(error);
      sent.destroy();
    };
    const onAbort = (): void => end(aborted());
    signal.addEventListener('abort', onAbort, { once: true });
    sent.on('socket', (socket) => guardSocket(socket, way, end));
    sent.on('error', (error) => end(failed(failureOf(error), error)));
    // What is no answer (an upgrade that nobody asked for) closes without a word.
    const onClose = (): void => end(new OutgoingFailedError('broken', 'The connection was closed without an answer.'));
    sent.once('close', onClose);
    sent.once('response', (response) => {
      sent.off('close', onClose);
      readAnswer(request, response).then((answer) => {
        signal.removeEventListener('abort', onAbort);
        resolve(answer);
        sent.destroy();
      }, end);
    });
    sent.end(request.body ?? undefined);
  });
}

function send({ url, method, headers, body }: OutgoingRequest, { target, open, certificates }: Way): ClientRequest {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const hasLength = body !== null || /^(POST|PUT|PATCH)$/.test(method);
  const options = {
    method,
    host: target.host,
    port: target.port,
    path: `${url.pathname}${url.search}`,
    // A list is sent as it is, so what Node would add is added here.
    headers: [
      ...(names.has('host') ? [] : ['Host', url.host]),
      ...headers.flat(),
      ...(hasLength && !names.has('content-length') ? ['Content-Length', String(Buffer.byteLength(body ?? ''))] : []),
      ...['Connection', 'close'],
    ],
    setHost: false,
    agent: false,
    lookup: lookupAmong(open),
  } as const;
  if (target.isPlain) return requestPlain(options);
  const servername = isIP(target.host) === 0 ? target.host : '';
  return requestTls({ ...options, servername, ...(certificates === undefined ? {} : { ca: certificates }) });
}

/** Answers what was found before, whatever it is asked for. */
function lookupAmong(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_host, { all }, answer) => {
    const [first] = addresses;
    if (all === true) answer(null, [...addresses]);
    else answer(null, first?.address ?? '', first?.family);
  };
}

function guardSocket(socket: Socket, { guard }: Way, end: (error: unknown) => void): void {
  socket.once('connect', () => {
    const { remoteAddress } = socket;
    if (remoteAddress !== undefined && guard(remoteAddress)) return;
    end(new OutgoingRefusedError('The connection went to an address that is not allowed.'));
  });
}

async function readAnswer(request: OutgoingRequest, response: IncomingMessage): Promise<OutgoingAnswer> {
  const { maxAnswerBytes } = request;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) continue;
      length += chunk.length;
      if (length > maxAnswerBytes) throw new OutgoingTooLargeError(maxAnswerBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof OutgoingTooLargeError ? error : failed('broken', error);
  }
  const { statusCode = 0, statusMessage = '', rawHeaders } = response;
  const headers: Array<readonly [string, string]> = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '']);
  }
  const statusText = statusMessage === '' ? (STATUS_CODES[statusCode] ?? '') : statusMessage;
  return { statusCode, statusText, headers, body: Buffer.concat(chunks) };
}

/** TLS's own codes: an alert or a certificate that is not trusted. */
const UNTRUSTED = /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH)/;
const UNREACHABLE = /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|ETIMEDOUT|EACCES)$/;

function failureOf(error: unknown): OutgoingFailure {
  const code = textOf(firstOf(error), 'code') ?? '';
  if (UNTRUSTED.test(code)) return 'untrusted';
  return UNREACHABLE.test(code) ? 'unreachable' : 'broken';
}

function failed(reason: OutgoingFailure, error: unknown): OutgoingFailedError {
  const first = firstOf(error);
  return new OutgoingFailedError(reason, first instanceof Error ? first.message : String(first), { cause: error });
}

/** Node tells of several addresses that could not be reached in one error without a message. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors[0] ?? error) : error;
}
