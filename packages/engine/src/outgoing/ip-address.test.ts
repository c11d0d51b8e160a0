import { BlockList, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classOf } from './address-class.ts';
import { contains, facesOf, parseIp, parseIpRange, range } from './ip-address.ts';

const hex = (text: string): string => Buffer.from(parseIp(text) ?? []).toString('hex');
const faces = (text: string): string[] => facesOf(parseIp(text) ?? new Uint8Array()).map(classOf);

describe('addresses', () => {
  it.each([
    ['1.2.3.4', '00000000000000000000ffff01020304'],
    ['::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
    ['::ffff:0102:0304', '00000000000000000000ffff01020304'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['fe80::1%eth0', 'fe800000000000000000000000000001'],
    ['2001:db8:0:1:2:3:4:5', '20010db8000000010002000300040005'],
    ['64:ff9b::1.2.3.4', '0064ff9b000000000000000001020304'],
  ])('%s', (text, expected) => {
    expect(hex(text)).toBe(expected);
  });

  it('are nothing else', () => {
    for (const text of ['', '1.2.3', '01.2.3.4', '1.2.3.4.5', '0x7f.1', '2130706433', 'localhost', '::1::', '[::1]']) {
      expect(parseIp(text), text).toBeNull();
    }
    for (const text of ['1.2.3.4/33', '1.2.3.4/', '1.2.3.4/x', '::/129', '1.2.3.4/1/2', 'a/8']) {
      expect(parseIpRange(text), text).toBeNull();
    }
  });

  it('lie in ranges as Node finds them', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(address, address, fc.nat(32), (base, text, bits) => {
        if (isIPv6(base) !== isIPv6(text)) return;
        const family = isIPv6(base) ? 'ipv6' : 'ipv4';
        const list = new BlockList();
        list.addSubnet(base, bits, family);
        const parsed = parseIp(text);
        expect(parsed !== null && contains(range(`${base}/${bits}`), parsed)).toBe(list.check(text, family));
      }),
    );
  });
});

describe('classes of addresses', () => {
  it.each([
    ['public', '8.8.8.8', '172.15.255.255', '172.32.0.0', '100.63.255.255', '169.253.0.1', '2600::1', '168.63.129.17'],
    ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', 'fd00::1', '::ffff:10.0.0.1'],
    ['loopback', '127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1'],
    ['special', '169.254.169.254', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', 'fe80::1', 'febf::1', 'fd00:ec2::254'],
    ['special', '0.0.0.0', '0.1.2.3', '::', '::127.0.0.1', '::ffff:0:127.0.0.1', '224.0.0.1', '255.255.255.255'],
    ['special', '100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd20:ce::254', 'ff02::1', '2001:0:1::', 'fec0::1'],
  ])('%s', (expected, ...addresses) => {
    for (const address of addresses) expect(classOf(parseIp(address) ?? new Uint8Array()), address).toBe(expected);
  });

  it('see through what translates to IPv4', () => {
    expect(faces('64:ff9b::a9fe:a9fe')).toEqual(['public', 'special']);
    expect(faces('64:ff9b::8.8.8.8')).toEqual(['public', 'public']);
    expect(faces('2002:7f00:1::')).toEqual(['public', 'loopback']);
    expect(faces('1.2.3.4')).toEqual(['public']);
  });
});
