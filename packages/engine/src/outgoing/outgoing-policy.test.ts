import { describe, expect, it } from 'vitest';
import { parseHostEntry } from './host-entry.ts';
import { DEFAULT_OUTGOING_RULES, OutgoingPolicy, type OutgoingRules } from './outgoing-policy.ts';

interface Call {
  readonly host?: string;
  readonly port?: number;
  readonly isPlain?: boolean;
}

function mayCall(rules: Partial<OutgoingRules>, address: string, call: Call = {}): boolean {
  const target = { host: 'example.com', port: 443, isPlain: false, ...call };
  return new OutgoingPolicy({ ...DEFAULT_OUTGOING_RULES, ...rules }).refusal(target, address) === null;
}

describe('entries of lists of hosts', () => {
  it.each([
    'public',
    'Private',
    'loopback:8080',
    '10.0.0.0/8',
    '10.1.2.3:80',
    'fd00::/8',
    'fd00::1',
    '[fd00::1]:8443',
    '[fd00::/8]:8443',
    'api.example.com',
    '*.example.com:443',
    'redis_1',
    'xn--bcher-kva.example',
  ])('take %s', (text) => {
    expect(parseHostEntry(text)).not.toBeNull();
  });

  it.each([
    '',
    '*',
    '*.',
    'special',
    'a b',
    'http://example.com',
    'example.com/path',
    'example.com:0',
    'example.com:70000',
    '10.0.0.0/33',
    '10.0.0',
    '010.0.0.1',
    '2130706433',
    'a..b',
    '-a.b',
    'user@host',
    'exam*ple.com',
  ])('refuse %j', (text) => {
    expect(parseHostEntry(text)).toBeNull();
  });
});

describe('the policy of outgoing calls', () => {
  it('is open to the public and to private addresses, and to nothing else unless told', () => {
    expect(mayCall({}, '8.8.8.8')).toBe(true);
    expect(mayCall({}, '10.0.0.1')).toBe(true);
    expect(mayCall({}, 'fd00::1')).toBe(true);
    for (const closed of ['127.0.0.1', '::1', '169.254.169.254', 'fe80::1', 'fd00:ec2::254', '0.0.0.0', '::']) {
      expect(mayCall({}, closed), closed).toBe(false);
    }
    expect(mayCall({}, 'no address')).toBe(false);
  });

  it('sees the IPv4 address within an IPv6 one', () => {
    for (const hidden of ['::ffff:169.254.169.254', '64:ff9b::169.254.169.254', '2002:a9fe:a9fe::', '::ffff:7f00:1']) {
      expect(mayCall({}, hidden), hidden).toBe(false);
    }
    expect(mayCall({ deny: ['10.0.0.0/8'] }, '::ffff:10.0.0.1')).toBe(false);
    expect(mayCall({ deny: ['10.0.0.0/8'] }, '64:ff9b::10.0.0.1')).toBe(false);
    expect(mayCall({ allow: ['public'] }, '64:ff9b::10.0.0.1')).toBe(false);
  });

  it('lets nobody in by a wide range who must be named', () => {
    expect(mayCall({ allow: ['0.0.0.0/0'] }, '169.254.169.254')).toBe(false);
    expect(mayCall({ allow: ['::/0'] }, '169.254.169.254')).toBe(false);
    expect(mayCall({ allow: ['metadata.example'] }, '169.254.169.254', { host: 'metadata.example' })).toBe(false);
    expect(mayCall({ allow: ['169.254.10.0/24'] }, '169.254.10.7')).toBe(true);
    expect(mayCall({ allow: ['169.254.10.0/24'] }, '169.254.169.254')).toBe(false);
    expect(mayCall({ allow: ['169.254.169.254'] }, '169.254.169.254')).toBe(true);
  });

  it('opens by name what the name stands for, but not this machine', () => {
    const allow = ['api.example.com', '*.shop.internal', 'localhost'];
    const by = (host: string, address: string) => mayCall({ allow }, address, { host });
    expect(by('api.example.com', '8.8.8.8')).toBe(true);
    expect(by('api.example.com', '10.0.0.1')).toBe(true);
    expect(by('api.example.com', '127.0.0.1')).toBe(false);
    expect(by('xapi.example.com', '8.8.8.8')).toBe(false);
    expect(by('stock.shop.internal', '10.0.0.1')).toBe(true);
    expect(by('shop.internal', '10.0.0.1')).toBe(false);
    expect(by('evilshop.internal', '10.0.0.1')).toBe(false);
    expect(by('localhost', '127.0.0.1')).toBe(true);
    expect(by('localhost', '::1')).toBe(true);
  });

  it('lets a denial win', () => {
    expect(mayCall({ allow: ['10.0.0.1'], deny: ['private'] }, '10.0.0.1')).toBe(false);
    expect(mayCall({ deny: ['*.example.com'] }, '8.8.8.8', { host: 'a.example.com' })).toBe(false);
    expect(mayCall({ deny: ['8.8.0.0/16'] }, '8.8.8.8', { host: 'innocent.example' })).toBe(false);
    expect(mayCall({ deny: ['loopback'] }, '8.8.8.8')).toBe(true);
  });

  it('tells ports apart where an entry names one', () => {
    expect(mayCall({ allow: ['loopback:3000'] }, '127.0.0.1', { port: 3000 })).toBe(true);
    expect(mayCall({ allow: ['loopback:3000'] }, '127.0.0.1', { port: 5432 })).toBe(false);
    expect(mayCall({ deny: ['private:5432'] }, '10.0.0.1', { port: 5432 })).toBe(false);
    expect(mayCall({ deny: ['private:5432'] }, '10.0.0.1')).toBe(true);
  });

  it('goes without TLS inside only', () => {
    expect(mayCall({}, '10.0.0.1', { isPlain: true })).toBe(true);
    expect(mayCall({}, '8.8.8.8', { isPlain: true })).toBe(false);
    expect(mayCall({ plainHttp: [] }, '10.0.0.1', { isPlain: true })).toBe(false);
    expect(mayCall({ plainHttp: ['old.example'] }, '8.8.8.8', { isPlain: true, host: 'old.example' })).toBe(true);
  });
});
