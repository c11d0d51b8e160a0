import { describe, expect, it } from 'vitest';
import { PageTokens, positionNumber, positionText } from './page-tokens.ts';
import { QUOTAS } from './quotas.ts';

const secret = (byte: string) => ({ installationSecret: async () => byte.repeat(32) });
const SCOPE = { operation: 'ListExecutions', arguments: ['arn:machine', undefined] };
const ACCOUNT = '123456789012';
const invalid = expect.objectContaining({ code: 'InvalidToken' });

describe('page tokens', () => {
  it('hold a position', async () => {
    const tokens = new PageTokens(secret('ab'), () => 1_000, ACCOUNT);
    const token = await tokens.seal(SCOPE, { after: 'x', number: 7 });
    const position = await tokens.open(SCOPE, token);
    expect(position).toEqual({ after: 'x', number: 7 });
    expect(await tokens.open(SCOPE, undefined)).toBeNull();
  });

  it('fit AWS’s length with the longest name', async () => {
    const tokens = new PageTokens(secret('ab'), () => Date.now(), ACCOUNT);
    const token = await tokens.seal(SCOPE, { afterName: '注'.repeat(QUOTAS.nameLength) });
    expect(token.length).toBeLessThanOrEqual(QUOTAS.pageTokenLength);
    expect(token).toMatch(/^[\w-]+$/);
  });

  it.each([
    { operation: 'ListStateMachines', arguments: ['arn:machine', undefined] },
    { operation: 'ListExecutions', arguments: ['arn:other', undefined] },
    { operation: 'ListExecutions', arguments: ['arn:machine', 'FAILED'] },
    { operation: 'ListExecutions', arguments: ['arn:machine'] },
  ])('are refused for %j', async (other) => {
    const tokens = new PageTokens(secret('ab'), () => 1_000, ACCOUNT);
    const token = await tokens.seal(SCOPE, { after: 'x' });
    await expect(tokens.open(other, token)).rejects.toEqual(invalid);
  });

  it('are refused when anything of them was changed, and when they were made elsewhere', async () => {
    const tokens = new PageTokens(secret('ab'), () => 1_000, ACCOUNT);
    const token = await tokens.seal(SCOPE, { after: 'x' });
    for (const at of [0, 15, 30, token.length - 1]) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      if (Buffer.from(changed, 'base64url').equals(Buffer.from(token, 'base64url'))) continue;
      await expect(tokens.open(SCOPE, changed)).rejects.toEqual(invalid);
    }
    await expect(new PageTokens(secret('cd'), () => 1_000, ACCOUNT).open(SCOPE, token)).rejects.toEqual(invalid);
    await expect(new PageTokens(secret('ab'), () => 1_000, '210987654321').open(SCOPE, token)).rejects.toEqual(invalid);
    for (const nonsense of ['', 'x', '!!!', 'A'.repeat(1_024)]) {
      await expect(tokens.open(SCOPE, nonsense)).rejects.toEqual(invalid);
    }
  });

  it('expire after 24 hours', async () => {
    let now = 1_000;
    const tokens = new PageTokens(secret('ab'), () => now, ACCOUNT);
    const token = await tokens.seal(SCOPE, { after: 'x' });
    now += 86_400_000 - 1;
    await expect(tokens.open(SCOPE, token)).resolves.not.toBeNull();
    now += 1;
    await expect(tokens.open(SCOPE, token)).rejects.toEqual(invalid);
  });

  it('ask for the secret again when reading it has failed', async () => {
    let calls = 0;
    const flaky = {
      async installationSecret() {
        calls++;
        if (calls === 1) throw new Error('store away');
        return 'ab'.repeat(32);
      },
    };
    const tokens = new PageTokens(flaky, () => 1_000, ACCOUNT);
    await expect(tokens.seal(SCOPE, {})).rejects.toThrow('store away');
    await expect(tokens.seal(SCOPE, {})).resolves.toBeTypeOf('string');
  });

  it('of another shape are invalid', () => {
    expect(positionText({ a: 'x' }, 'a')).toBe('x');
    expect(positionNumber({ a: 1 }, 'a')).toBe(1);
    expect(() => positionText({ a: 1 }, 'a')).toThrow(invalid);
    expect(() => positionNumber({}, 'a')).toThrow(invalid);
  });
});
