import { type Logger, OutcomeUnknownError, silentLogger, StoreUnavailableError } from '@everstep/engine';
import pg from 'pg';
import { expect, test } from 'vitest';
import { Availability } from './availability.ts';

function watched() {
  const lines: string[] = [];
  let now = 0;
  const logger: Logger = {
    ...silentLogger,
    warn: (fields, message) => lines.push(`${message} ${JSON.stringify(fields)}`),
  };
  const availability = new Availability(logger, () => now);
  return { availability, lines, pass: (milliseconds: number) => (now += milliseconds) };
}

function refusal(code: string, message: string): StoreUnavailableError {
  const cause = new pg.DatabaseError(message, message.length, 'error');
  cause.code = code;
  return new StoreUnavailableError('the database does not serve', { cause });
}

const away = (code: string): StoreUnavailableError =>
  new StoreUnavailableError('away', { cause: Object.assign(new Error(`connect ${code} 10.0.0.7:5432`), { code }) });

test('an outage is told once for each of its reasons, and its end once', () => {
  const { availability, lines, pass } = watched();
  for (let request = 0; request < 100; request++) availability.failed(away('ECONNREFUSED'));
  availability.failed(refusal('57P03', 'the database system is starting up'));
  expect(lines).toEqual([
    'the database does not serve {"reason":"no connection to the database (ECONNREFUSED)"}',
    'the database does not serve {"reason":"the database system is starting up"}',
  ]);
  expect(availability.reason).toBe('the database system is starting up');
  expect(availability.refusal).toBeNull();
  pass(5_000);
  for (let request = 0; request < 100; request++) availability.served();
  expect(lines.slice(2)).toEqual([
    'the database serves again {"reason":"the database system is starting up","failures":101,"awayMs":0}',
  ]);
  expect(availability.reason).toBeNull();
});

test('where some are served and others are not, nothing is told in between', () => {
  const { availability, lines, pass } = watched();
  for (let turn = 0; turn < 50; turn++) {
    availability.failed(refusal('53100', 'could not extend file: No space left on device'));
    pass(1_000);
    availability.served();
  }
  expect(lines).toHaveLength(1);
  expect(availability.refusal).toContain('No space left');
});

test('a commit whose outcome is unknown is an outage, an error of ours is none', () => {
  const { availability, lines } = watched();
  availability.failed(new TypeError('ours'));
  expect(lines).toEqual([]);
  availability.failed(new OutcomeUnknownError({ cause: new Error('Connection terminated unexpectedly') }));
  expect(lines).toEqual(['the database does not serve {"reason":"Connection terminated unexpectedly"}']);
});
