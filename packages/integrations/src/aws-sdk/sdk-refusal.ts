import { memberOf, textOf } from '../unknown-member.ts';
import type { SdkClient } from './sdk-clients.ts';

/** A call that the service, or the way to it, refused. */
export interface SdkRefusal {
  readonly serviceId: string;
  /** The exception that the API describes, as AWS's Java SDKs name it; null: one that it does not describe. */
  readonly exception: string | null;
  /** The error's own code on the wire. */
  readonly code: string;
  readonly message: string;
  /** null: there was no answer; then `message` is all that the client has to say. */
  readonly statusCode: number | null;
  readonly requestId: string;
  /** S3's second id. */
  readonly extendedRequestId: string | null;
}

export function readRefusal(client: SdkClient, error: unknown): SdkRefusal {
  const metadata = memberOf(error, '$metadata');
  const statusCode = memberOf(metadata, 'httpStatusCode');
  const name = textOf(error, 'name') ?? 'Error';
  const constructor = client.exported[name];
  const answered = typeof statusCode === 'number' ? statusCode : responseStatus(error);
  const isDescribed = typeof constructor === 'function' && error instanceof constructor;
  return {
    serviceId: client.serviceId,
    exception: isDescribed ? exceptionName(name) : null,
    code: textOf(error, 'Code') ?? textOf(memberOf(error, 'Error'), 'Code') ?? name,
    message: answered === null ? clientText(error) : messageOf(error),
    statusCode: answered,
    requestId: textOf(metadata, 'requestId') ?? '',
    extendedRequestId: textOf(metadata, 'extendedRequestId') ?? null,
  };
}

function messageOf(error: unknown): string {
  const message = textOf(error, 'message') ?? textOf(error, 'Message') ?? '';
  if (message !== '') return message;
  // Node tells of several addresses that refused in one error without a message.
  return textOf(error, 'code') ?? String(error);
}

/** In the words of AWS's clients; what never went out, for want of credentials, says so itself. */
function clientText(error: unknown): string {
  const isOfTheWay = textOf(error, 'code') !== undefined || textOf(error, 'name') === 'TimeoutError';
  return isOfTheWay ? `Unable to execute HTTP request: ${messageOf(error)}` : messageOf(error);
}

/** An answer that nobody understands is an answer, too. */
function responseStatus(error: unknown): number | null {
  const status = memberOf(memberOf(error, '$response'), 'statusCode');
  return typeof status === 'number' ? status : null;
}

/** As AWS's Java SDKs name exceptions: `NoSuchKey` is NoSuchKeyException. */
function exceptionName(name: string): string {
  if (name.endsWith('Exception')) return name;
  return `${name.replace(/Fault$/, '')}Exception`;
}
