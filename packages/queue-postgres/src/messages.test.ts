import { expect, test } from 'vitest';
import { decode, maxPayloadBytes, packHints } from './messages.ts';

test('ids are packed into few payloads that Postgres takes, and none is lost', () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => `01890a5d-ac96-774b-bcce-${String(index).padStart(12, '0')}`);
  const payloads = packHints(ids);
  expect(payloads.length).toBeLessThan(7);
  for (const payload of payloads) expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(maxPayloadBytes);
  expect(payloads.flatMap((payload) => readIds(payload))).toEqual(ids);
});

test('ids of any characters travel', () => {
  const ids = ['ä"\\', '', '\u{1f600}'.repeat(100)];
  expect(packHints(ids).flatMap((payload) => readIds(payload))).toEqual(ids);
});

test('what is not a message is null', () => {
  for (const text of ['', 'x', '1', '[]', '{"kind":"other"}', '{"kind":"hints"}', '{"kind":"present","member":1}']) {
    expect(decode(text)).toBeNull();
  }
});

function readIds(payload: string): readonly string[] {
  const message = decode(payload);
  if (message?.kind !== 'hints') throw new Error(`not hints: ${payload}`);
  return message.executionIds;
}
