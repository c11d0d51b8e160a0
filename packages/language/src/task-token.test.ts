import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTaskToken, parseTaskToken, taskTokenMac } from './task-token.ts';

const KEY = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
const EXECUTION = '0198b3a2-7c4e-7d11-8a55-0123456789ab';

test('a token names its execution and its task, under its key', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (executionId, taskId) => {
      const token = formatTaskToken(executionId, taskId, KEY);
      expect(token).toMatch(/^[A-Za-z0-9_-]{55}$/);
      const parsed = parseTaskToken(token);
      expect(parsed).toMatchObject({ executionId, taskId });
      expect(parsed?.mac).toBe(taskTokenMac(parsed?.signed ?? '', KEY));
    }),
  );
});

test('a changed character either is no token or fails its authentication', () => {
  const token = formatTaskToken(EXECUTION, 5, KEY);
  const accepted = Array.from(token, (character, at) => {
    const changed = token.slice(0, at) + (character === 'A' ? 'B' : 'A') + token.slice(at + 1);
    const parsed = parseTaskToken(changed);
    return parsed !== null && parsed.mac === taskTokenMac(parsed.signed, KEY);
  });
  expect(accepted).toEqual(Array.from(token, () => false));
});

test('another key gives another authentication code', () => {
  const parsed = parseTaskToken(formatTaskToken(EXECUTION, 5, KEY));
  expect(parsed?.mac).not.toBe(taskTokenMac(parsed?.signed ?? '', KEY.replaceAll('0', '1')));
});

test.each(['', 'x', 'not a token', 'A'.repeat(54), 'A'.repeat(55), 'A'.repeat(56), `${'A'.repeat(54)}=`])(
  '%j is no token',
  (text) => {
    expect(parseTaskToken(text)).toBeNull();
  },
);
