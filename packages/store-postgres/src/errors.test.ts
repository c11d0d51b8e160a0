import { OutcomeUnknownError, StoreUnavailableError } from '@everstep/engine';
import pg from 'pg';
import { expect, test } from 'vitest';
import { errorKind, nothingHappened, perhapsHappened } from './errors.ts';

function answer(code: string, severity = 'ERROR'): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('message', 1, 'error'), { code, severity });
}

test.each([
  [answer('40P01'), 'retry'],
  [answer('40001'), 'retry'],
  [answer('22021'), 'data'],
  [answer('23505'), 'data'],
  [answer('54000'), 'data'],
  [answer('25006'), 'unavailable'],
  [answer('53100'), 'unavailable'],
  [answer('57014'), 'unavailable'],
  [answer('57P01', 'FATAL'), 'lost'],
  [answer('42P01'), 'other'],
  [Object.assign(new Error('connect'), { code: 'ECONNREFUSED', syscall: 'connect' }), 'lost'],
  [new Error('Connection terminated unexpectedly'), 'lost'],
  [new Error('wrapped', { cause: answer('40P01') }), 'retry'],
  [new TypeError('a bug'), 'other'],
  ['no error at all', 'other'],
])('%s is of kind %s', (error, kind) => {
  expect(errorKind(error)).toBe(kind);
});

test('what a caller is told', () => {
  expect(nothingHappened(answer('25006'))).toBeInstanceOf(StoreUnavailableError);
  expect(perhapsHappened(answer('25006'))).toBeInstanceOf(StoreUnavailableError);
  expect(perhapsHappened(new Error('Connection terminated'))).toBeInstanceOf(OutcomeUnknownError);
  const bug = new TypeError('a bug');
  expect(perhapsHappened(bug)).toBe(bug);
});
