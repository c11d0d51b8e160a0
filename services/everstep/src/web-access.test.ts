import { OutgoingPolicy } from '@everstep/engine';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { outgoingRules } from './web-access.ts';

function mayCall(environment: Readonly<Record<string, string>>, isEmbedded: boolean, address: string): boolean {
  const policy = new OutgoingPolicy(outgoingRules(readConfig(environment), isEmbedded));
  return policy.refusal({ host: address, port: 80, isPlain: true }, address) === null;
}

describe('where calls may go by default', () => {
  it('is loopback, too, on a machine where things are tried out', () => {
    expect(mayCall({}, true, '127.0.0.1')).toBe(true);
    expect(mayCall({ EVERSTEP_AUTH: 'required' }, true, '127.0.0.1')).toBe(false);
    expect(mayCall({ EVERSTEP_HOST: '0.0.0.0' }, true, '127.0.0.1')).toBe(false);
    expect(mayCall({}, false, '127.0.0.1')).toBe(false);
    for (const isEmbedded of [true, false]) {
      expect(mayCall({}, isEmbedded, '10.0.0.1')).toBe(true);
      expect(mayCall({}, isEmbedded, '169.254.169.254')).toBe(false);
    }
  });

  it('gives way to what is set', () => {
    expect(mayCall({ EVERSTEP_OUTGOING_ALLOW: 'loopback:80' }, false, '127.0.0.1')).toBe(true);
    expect(mayCall({ EVERSTEP_OUTGOING_ALLOW: 'loopback:80' }, true, '10.0.0.1')).toBe(false);
    expect(mayCall({ EVERSTEP_OUTGOING_ALLOW: 'none' }, true, '127.0.0.1')).toBe(false);
    expect(mayCall({ EVERSTEP_OUTGOING_DENY: 'private:80' }, true, '10.0.0.1')).toBe(false);
    expect(mayCall({ EVERSTEP_OUTGOING_PLAIN_HTTP: 'none' }, true, '10.0.0.1')).toBe(false);
  });
});
