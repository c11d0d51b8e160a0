import { createMemoryStore } from '@everstep/store-memory';
import { describe, expect, it } from 'vitest';
import { FULL_ACCESS_POLICY, PolicyError } from '@everstep/protocol';
import { createAccessKey, hasUsableAccessKey, resealAccessKeys, sessionTokenHash } from './access-keys.ts';
import { MasterKeys, SealedSecretError } from './master-keys.ts';

const OLD = MasterKeys.generate();
const NEW = MasterKeys.generate();
const REQUEST = { accountId: '123456789012', userName: 'ada', policy: FULL_ACCESS_POLICY, expiresAt: null, now: 5 };

describe('master keys', () => {
  const keys = new MasterKeys([OLD]);

  it('seal a secret for one owner, differently each time', () => {
    const sealed = keys.seal('wJalr/Ü', 'AKIA1');
    expect(keys.open(sealed, 'AKIA1')).toBe('wJalr/Ü');
    expect(keys.seal('wJalr/Ü', 'AKIA1')).not.toBe(sealed);
    expect(sealed).not.toContain('wJalr');
    expect(() => keys.open(sealed, 'AKIA2')).toThrow(SealedSecretError);
    expect(() => keys.open(`${sealed.slice(0, -3)}AAA`, 'AKIA1')).toThrow('was changed');
    expect(() => keys.open(`${sealed.slice(0, 20)}`, 'AKIA1')).toThrow(SealedSecretError);
    expect(() => keys.open('', 'AKIA1')).toThrow(SealedSecretError);
  });

  it('open what any of them has sealed', () => {
    const sealed = keys.seal('secret', 'AKIA1');
    const both = new MasterKeys([NEW, OLD]);
    expect(both.open(sealed, 'AKIA1')).toBe('secret');
    expect([both.isCurrent(sealed), keys.isCurrent(sealed)]).toEqual([false, true]);
    expect(() => new MasterKeys([NEW]).open(sealed, 'AKIA1')).toThrow('a master key that is not here');
  });

  it('are 32 bytes, and are never shown', () => {
    expect(new MasterKeys([Buffer.from(OLD, 'base64').toString('hex')]).current).toBe(keys.current);
    for (const wrong of ['', 'hunter2', `${OLD}AAAA`, 'ab'.repeat(31)]) {
      expect(() => new MasterKeys([wrong])).toThrow(/^a master key must be 32 bytes/);
    }
    expect(() => new MasterKeys([])).toThrow('there is no master key');
  });
});

describe('access keys', () => {
  it('look like AWS’s and are kept sealed', async () => {
    const store = createMemoryStore();
    const keys = new MasterKeys([OLD]);
    const made = await createAccessKey(store, keys, REQUEST);
    expect(made).toEqual({
      accessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
      secretAccessKey: expect.stringMatching(/^[A-Za-z0-9+/]{40}$/),
      sessionToken: null,
    });
    const kept = await store.findAccessKey(made.accessKeyId);
    expect(JSON.stringify(kept)).not.toContain(made.secretAccessKey);
    expect(keys.open(kept?.sealedSecret ?? '', made.accessKeyId)).toBe(made.secretAccessKey);
  });

  it('that expire are temporary ones, with a token of which only the hash is kept', async () => {
    const store = createMemoryStore();
    const made = await createAccessKey(store, new MasterKeys([OLD]), { ...REQUEST, expiresAt: 100 });
    expect(made.accessKeyId).toMatch(/^ASIA/);
    const kept = await store.findAccessKey(made.accessKeyId);
    expect(kept?.sessionTokenHash).toBe(sessionTokenHash(made.sessionToken ?? ''));
    expect([await hasUsableAccessKey(store, 99), await hasUsableAccessKey(store, 100)]).toEqual([true, false]);
  });

  it('are refused with a policy, an account or a name that is none', async () => {
    const store = createMemoryStore();
    const make = (change: object) => createAccessKey(store, new MasterKeys([OLD]), { ...REQUEST, ...change });
    await expect(make({ policy: '{}' })).rejects.toThrow(PolicyError);
    await expect(make({ accountId: '12' })).rejects.toThrow('12 digits');
    await expect(make({ userName: 'a/b' })).rejects.toThrow("cannot be a user's name");
    expect(await hasUsableAccessKey(store, 0)).toBe(false);
  });

  it('are sealed anew under the first master key, all but the revoked', async () => {
    const store = createMemoryStore();
    const old = new MasterKeys([OLD]);
    const made = [];
    for (let index = 0; index < 3; index++) made.push(await createAccessKey(store, old, REQUEST));
    const [first, second] = made;
    await store.revokeAccessKey(second?.accessKeyId ?? '', 9);
    const both = new MasterKeys([NEW, OLD]);
    expect([await resealAccessKeys(store, both), await resealAccessKeys(store, both)]).toEqual([2, 0]);
    const kept = await store.findAccessKey(first?.accessKeyId ?? '');
    expect(new MasterKeys([NEW]).open(kept?.sealedSecret ?? '', first?.accessKeyId ?? '')).toBe(first?.secretAccessKey);
  });
});
