import { OutcomeUnknownError, StoreUnavailableError } from '@everstep/engine';
import pg from 'pg';

/**
 * What an error of the driver means for the verb that met it.
 * `retry`: deadlock or serialization failure, run it again. `data`: the rows themselves are refused. `unavailable`: the
 * server answered that it cannot serve. `lost`: the connection broke, what was in flight is unknown. `other`: a bug.
 */
export type ErrorKind = 'retry' | 'data' | 'unavailable' | 'lost' | 'other';

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const RETRY = new Set(['40001', '40P01']);
const DATA_CLASSES = new Set(['21', '22', '23', '54']);
export const LOCK_NOT_AVAILABLE = '55P03';
const UNAVAILABLE = new Set(['25006', '25P03', '25P04', LOCK_NOT_AVAILABLE, '57014']);
const UNAVAILABLE_CLASSES = new Set(['08', '53', '57', '58']);

/** All connections are in use, and none became free in time. Nothing was sent. */
export class PoolExhaustedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PoolExhaustedError';
  }
}

/** The server's own error inside whatever wraps it (drizzle does). */
export function databaseError(error: unknown): pg.DatabaseError | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof pg.DatabaseError) return at;
  }
  return null;
}

export function errorKind(error: unknown): ErrorKind {
  const answer = databaseError(error);
  if (answer === null) return isConnectionError(error) ? 'lost' : 'other';
  const code = answer.code ?? '';
  // FATAL and PANIC end the session: what it was doing has no other answer.
  if (answer.severity === 'FATAL' || answer.severity === 'PANIC') return 'lost';
  if (RETRY.has(code)) return 'retry';
  if (DATA_CLASSES.has(code.slice(0, 2))) return 'data';
  if (UNAVAILABLE.has(code) || UNAVAILABLE_CLASSES.has(code.slice(0, 2))) return 'unavailable';
  return 'other';
}

// The driver has no class for these: sockets give a system error with a code, pg and its pool plain messages.
const CONNECTION_MESSAGES =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|The server does not support SSL|write after end|This socket has been ended)/;

function isConnectionError(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('syscall' in at || CONNECTION_MESSAGES.test(at.message)) return true;
    if ('code' in at && typeof at.code === 'string' && /^(E[A-Z]+|ERR_(SOCKET|STREAM|SSL|TLS)_\w+)$/.test(at.code)) {
      return true;
    }
  }
  return false;
}

/** The pool's words for a wait that took too long; a connection that could not be made has others. */
export function waitedInVain(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('timeout exceeded when trying to connect');
}

/** Whether a client that met the error must not serve again. A read-only server is no longer the primary: leave it. */
export function spoilsConnection(error: unknown): boolean {
  return errorKind(error) === 'lost' || databaseError(error)?.code === '25006';
}

/** The error a verb throws where nothing of it can have happened. */
export function nothingHappened(error: unknown): unknown {
  if (error instanceof StoreUnavailableError || error instanceof OutcomeUnknownError) return error;
  const kind = errorKind(error);
  if (kind !== 'lost' && kind !== 'unavailable' && kind !== 'retry') return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StoreUnavailableError(`the database does not serve: ${message}`, { cause: error });
}

/** The error a verb throws where its last statement may have been committed when the connection broke. */
export function perhapsHappened(error: unknown): unknown {
  return errorKind(error) === 'lost' ? new OutcomeUnknownError({ cause: error }) : nothingHappened(error);
}

/** Part of a batch is committed: that nothing happened is no longer true. */
export async function afterOthers<Result>(rest: () => Promise<Result>): Promise<Result> {
  try {
    return await rest();
  } catch (error) {
    throw error instanceof StoreUnavailableError ? new OutcomeUnknownError({ cause: error }) : error;
  }
}
