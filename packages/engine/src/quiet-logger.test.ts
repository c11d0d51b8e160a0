import { expect, test } from 'vitest';
import { type Logger, OutcomeUnknownError, quietAboutOutages, StoreUnavailableError } from './index.ts';
import { LeaseLostError } from './worker/commit-writer.ts';

function recorded() {
  const lines: string[] = [];
  const logger: Logger = {
    debug: (_fields, message) => lines.push(`debug ${message}`),
    info: (_fields, message) => lines.push(`info ${message}`),
    warn: (_fields, message) => lines.push(`warn ${message}`),
    error: (_fields, message) => lines.push(`error ${message}`),
    child: () => logger,
  };
  return { logger: quietAboutOutages(logger), lines };
}

test('what an outage does to everybody is heard at debug, everything else as it was said', () => {
  const { logger, lines } = recorded();
  for (const err of [new StoreUnavailableError('away'), new OutcomeUnknownError(), new LeaseLostError()]) {
    logger.warn({ err }, 'a commit failed');
    logger.child({}).error({ err }, 'a request failed');
  }
  expect(new Set(lines)).toEqual(new Set(['debug a commit failed', 'debug a request failed']));
  lines.length = 0;
  logger.error({ err: new TypeError('a bug') }, 'a request failed');
  logger.warn({ workerId: 'w' }, 'the lease is over');
  logger.info({}, 'started');
  expect(lines).toEqual(['error a request failed', 'warn the lease is over', 'info started']);
});
