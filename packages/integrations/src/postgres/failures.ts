import { ServiceFailure, causeOf, connectionFailed, isOfTheWay } from '../targets/service-failure.ts';
import { textOf } from '../unknown-member.ts';

/**
 * The errors of statements by SQLSTATE.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const BY_STATE: ReadonlyMap<string, string> = new Map([
  ['22001', 'ValueTooLong'],
  ['22003', 'NumberOutOfRange'],
  ['22012', 'DivisionByZero'],
  ['22P02', 'InvalidText'],
  ['23502', 'NotNullViolation'],
  ['23503', 'ForeignKeyViolation'],
  ['23505', 'UniqueViolation'],
  ['23514', 'CheckViolation'],
  ['23P01', 'ExclusionViolation'],
  ['25006', 'ReadOnly'],
  ['28000', 'AuthenticationFailed'],
  ['28P01', 'AuthenticationFailed'],
  ['3D000', 'UndefinedDatabase'],
  ['40001', 'SerializationFailure'],
  ['40P01', 'DeadlockDetected'],
  ['42501', 'InsufficientPrivilege'],
  ['42601', 'SyntaxError'],
  ['42703', 'UndefinedColumn'],
  ['42P01', 'UndefinedTable'],
  ['53300', 'TooManyConnections'],
  ['55P03', 'LockNotAvailable'],
  ['57014', 'TimedOut'],
  ['P0001', 'RaisedException'],
]);

const STATE = /^[0-9A-Z]{5}$/;
/** Classes of errors after which the session is of no use. */
const OF_THE_SESSION = /^(08|57P)/;

/** Whether the server refused the statement, and the session is as well as before. */
export function isStatementError(error: unknown): boolean {
  const state = stateOf(error);
  return state !== null && !OF_THE_SESSION.test(state);
}

export function postgresFailure(error: unknown): ServiceFailure | null {
  const state = stateOf(error);
  if (state === null) {
    const cause = causeOf(error);
    // The driver's own words for connections that are cut, or never come about.
    const isCut = /connection terminated|timeout exceeded when trying to connect|client has encountered/i.test(cause);
    return isCut || isOfTheWay(error) ? connectionFailed(cause) : null;
  }
  const detail = textOf(error, 'detail');
  const cause = `${causeOf(error)} (SQLSTATE ${state})${detail === undefined ? '' : `: ${detail}`}`;
  return OF_THE_SESSION.test(state)
    ? connectionFailed(cause)
    : new ServiceFailure(BY_STATE.get(state) ?? 'Error', cause);
}

function stateOf(error: unknown): string | null {
  const code = textOf(error, 'code');
  return code !== undefined && STATE.test(code) && textOf(error, 'severity') !== undefined ? code : null;
}
