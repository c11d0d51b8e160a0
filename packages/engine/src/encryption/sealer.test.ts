import { randomBytes } from 'node:crypto';
import { TestEncryptionKeys } from '@everstep/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { BrokenSealError, Sealer, isSealed, unsealed } from './sealer.ts';

let keys: TestEncryptionKeys;
let keyId: string;
let now: number;
let sealer: Sealer;
beforeEach(() => {
  keys = new TestEncryptionKeys();
  keyId = keys.create('orders');
  now = 0;
  sealer = new Sealer(keys, () => now);
});

const scope = { kmsKeyId: 'alias/orders', accountId: '123456789012', reuseMs: 60_000 };
const sealed = (text = 'secret') => sealer.seal(scope, 'here', text);
/** The data key under its key, as it stands in a sealed text. */
const dataKey = (text: string) => text.split(':').slice(2, 5).join(':');

describe('a sealed text', () => {
  it.each(['', 'secret', '{"a":1.0}', 'a\u0000b', '\ud83d', 'ä€😀', 'everstep-sealed:1:x'])(
    'opens as it was: %j',
    (text) => {
      expect(isSealed(sealed(text))).toBe(true);
      expect(sealer.open('here', sealed(text))).toBe(text);
    },
  );

  it('tells nothing, not even whether it is the same as another', () => {
    expect(sealed()).not.toBe(sealed());
    expect(Buffer.from(sealed('secret'.repeat(99)).split(':').at(-1) ?? '', 'base64url').includes('secret')).toBe(
      false,
    );
  });

  it('opens at no other place', () => {
    expect(() => sealer.open('there', sealed())).toThrow(BrokenSealError);
  });

  it('does not open with any of its bytes changed', () => {
    const parts = sealed().split(':');
    for (const part of [4, 5]) {
      const bytes = Buffer.from(parts[part] ?? '', 'base64url');
      for (let index = 0; index < bytes.length; index++) {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
        const text = parts.with(part, changed.toString('base64url')).join(':');
        expect(() => sealer.open('here', text), `byte ${index} of part ${part}`).toThrow(BrokenSealError);
      }
      const cut = parts.with(part, bytes.subarray(0, 20).toString('base64url')).join(':');
      expect(() => sealer.open('here', cut)).toThrow(BrokenSealError);
    }
    expect(() => sealer.open('here', parts.with(3, '00000000').join(':'))).toThrow(BrokenSealError);
    expect(() => sealer.open('here', parts.slice(0, 4).join(':'))).toThrow(BrokenSealError);
  });

  it('is told from one that only looks like it', () => {
    for (const text of ['everstep-sealed:1:x', 'everstep-plain:1:x', 'everstep-']) {
      expect(unsealed(text)).not.toBe(text);
      expect(sealer.open('here', unsealed(text))).toBe(text);
    }
    expect(unsealed('plain')).toBe('plain');
    expect(sealer.open('here', 'plain')).toBe('plain');
  });

  it('opens in another process', () => {
    expect(new Sealer(keys).open('here', sealed())).toBe('secret');
  });
});

describe('data keys', () => {
  it('seal for their period, and no longer', () => {
    const first = sealed();
    now = 59_999;
    expect(dataKey(sealed())).toBe(dataKey(first));
    now = 60_000;
    expect(dataKey(sealed())).not.toBe(dataKey(first));
    expect(sealer.open('here', first)).toBe('secret');
  });

  it('are kept under the new version from a rotation on; the old one still opens', () => {
    const before = sealed();
    keys.rotate(keyId);
    const after = sealed();
    expect(after.split(':')[3]).not.toBe(before.split(':')[3]);
    for (const text of [before, after]) expect(new Sealer(keys).open('here', text)).toBe('secret');
  });
});

describe('a key', () => {
  it('that is disabled seals and opens nothing, whatever is remembered of it', () => {
    const text = sealed();
    expect(sealer.open('here', text)).toBe('secret');
    keys.setState(keyId, 'DISABLED');
    const refused = expect.objectContaining({
      code: 'KmsInvalidStateException',
      members: { kmsKeyState: 'DISABLED' },
    });
    expect(() => sealed()).toThrow(refused);
    expect(() => sealer.open('here', text)).toThrow(refused);
    expect(() => sealer.digest(scope, 'here', 'a')).toThrow(refused);
    keys.setState(keyId, 'ENABLED');
    expect(sealer.open('here', text)).toBe('secret');
  });

  it('is named by id, ARN, alias and alias ARN, in its own account', () => {
    const arn = 'arn:aws:kms:us-east-1:123456789012';
    for (const kmsKeyId of [keyId, `${arn}:key/${keyId}`, 'alias/orders', `${arn}:alias/orders`]) {
      expect(isSealed(sealer.seal({ ...scope, kmsKeyId }, 'here', 'a'))).toBe(true);
    }
    const denied = expect.objectContaining({ code: 'KmsAccessDeniedException' });
    for (const kmsKeyId of ['alias/other', 'orders', `${arn}:key/${'0'.repeat(36)}`]) {
      expect(() => sealer.seal({ ...scope, kmsKeyId }, 'here', 'a')).toThrow(denied);
    }
    for (const kmsKeyId of [keyId, `${arn}:key/${keyId}`, 'alias/orders', `${arn}:alias/orders`]) {
      expect(() => sealer.seal({ ...scope, kmsKeyId, accountId: '210987654321' }, 'here', 'a')).toThrow(denied);
    }
    expect(() => new Sealer(keys.without(keyId)).open('here', sealed())).toThrow(denied);
  });
});

it('a digest tells equal texts, stays over a rotation, and is another one for another place and key', () => {
  const digest = (place: string, text: string) => sealer.digest(scope, place, text);
  const before = digest('here', 'a');
  keys.rotate(keyId);
  expect(digest('here', 'a')).toBe(before);
  expect(new Set([before, digest('there', 'a'), digest('here', 'b'), randomBytes(32).toString('hex')]).size).toBe(4);
  keys.create('other');
  expect(sealer.digest({ ...scope, kmsKeyId: 'alias/other' }, 'here', 'a')).not.toBe(before);
});
