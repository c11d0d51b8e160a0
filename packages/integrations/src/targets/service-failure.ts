import { textOf } from '../unknown-member.ts';

/** Why a service did not do what it was asked for: what stands behind the dot of the task's error, and the cause. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';
  readonly kind: string;

  constructor(kind: string, cause: string) {
    super(cause);
    this.kind = kind;
  }
}

/** The parameters are of no use, or the installation is not ready for them: nothing was sent. */
export class UnusableError extends Error {
  override readonly name = 'UnusableError';
}

/** What would come back is more than a state can hold. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

export function connectionFailed(cause: string): ServiceFailure {
  return new ServiceFailure('ConnectionFailed', cause);
}

const OF_THE_WAY = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'ENOENT', 'EACCES', 'ECONNECTION', 'ESOCKET', 'EDNS', 'EPROTO'],
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'],
]);

/** Whether an error is about the way to the service, and not its answer. */
export function isOfTheWay(error: unknown): boolean {
  return OF_THE_WAY.has(textOf(error, 'code') ?? '');
}

/** An error's text; Node's one for several refused addresses has none. */
export function causeOf(error: unknown): string {
  const message = textOf(error, 'message') ?? '';
  return message === '' ? (textOf(error, 'code') ?? String(error)) : message;
}
