import type { Logger } from './ports/logger.ts';

/** What everybody meets while the store is away, by name: one of them is not known outside of the worker. */
const OF_AN_OUTAGE = new Set(['StoreUnavailableError', 'OutcomeUnknownError', 'LeaseLostError']);

/**
 * A logger in which the store's absence is no news: the store itself has told it, once, and a lost lease is told by its
 * keeper. Whoever meets it, request after request and execution after execution, is heard at the level `debug` only.
 */
export function quietAboutOutages(logger: Logger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => (isOutage(fields) ? logger.debug(fields, message) : logger.warn(fields, message)),
    error: (fields, message) => (isOutage(fields) ? logger.debug(fields, message) : logger.error(fields, message)),
    child: (fields) => quietAboutOutages(logger.child(fields)),
  };
}

function isOutage(fields: object): boolean {
  return 'err' in fields && fields.err instanceof Error && OF_AN_OUTAGE.has(fields.err.name);
}
