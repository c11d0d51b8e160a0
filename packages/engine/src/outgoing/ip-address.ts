import { isIPv4, isIPv6 } from 'node:net';

/** An address of either family as 16 bytes: IPv4 in its place within IPv6 (`::ffff:a.b.c.d`). */
export type IpAddress = Uint8Array;

/** The addresses that agree with one in their first `bits` bits of 128. */
export interface IpRange {
  readonly address: IpAddress;
  readonly bits: number;
}

const BYTES = 16;
const V4_BITS = 96;

/** Takes the notations of `inet_pton` only; null: the text is no address. */
export function parseIp(text: string): IpAddress | null {
  if (isIPv4(text)) return Uint8Array.of(...Array.from({ length: 10 }, () => 0), 0xff, 0xff, ...v4Bytes(text));
  return isIPv6(text) ? v6Bytes(text) : null;
}

/** An address, or one with the length of a prefix behind a slash; null: the text is neither. */
export function parseIpRange(text: string): IpRange | null {
  const [written = '', length, ...more] = text.split('/');
  const address = parseIp(written);
  if (address === null || more.length > 0) return null;
  const base = isIPv4(written) ? V4_BITS : 0;
  if (length === undefined) return { address, bits: 8 * BYTES };
  const bits = base + Number(length);
  return /^\d{1,3}$/.test(length) && bits <= 8 * BYTES ? { address, bits } : null;
}

export function contains(range: IpRange, address: IpAddress): boolean {
  const whole = range.bits >> 3;
  for (let index = 0; index < whole; index++) if (range.address[index] !== address[index]) return false;
  const rest = range.bits & 7;
  if (rest === 0) return true;
  return ((range.address[whole] ?? 0) ^ (address[whole] ?? 0)) >> (8 - rest) === 0;
}

/** Whether every address of one lies in the other. */
export function isWithin(inner: IpRange, outer: IpRange): boolean {
  return inner.bits >= outer.bits && contains(outer, inner.address);
}

/** What an address stands for: itself, and the IPv4 address that a translator on the way would make of it. */
export function facesOf(address: IpAddress): readonly IpAddress[] {
  if (contains(NAT64, address)) return [address, mapped(address.subarray(12))];
  if (contains(SIX_TO_FOUR, address)) return [address, mapped(address.subarray(2, 6))];
  return [address];
}

function mapped(v4: Uint8Array): IpAddress {
  const address = new Uint8Array(BYTES);
  address.set([0xff, 0xff], 10);
  address.set(v4, 12);
  return address;
}

function v4Bytes(text: string): number[] {
  return text.split('.').map(Number);
}

function v6Bytes(text: string): IpAddress {
  // The zone says by which interface, not where to.
  const [written = ''] = text.split('%');
  const [head = '', tail] = written.split('::');
  const [left, right] = [groups(head), tail === undefined ? [] : groups(tail)];
  const address = new Uint8Array(BYTES);
  address.set(left, 0);
  address.set(right, BYTES - right.length);
  return address;
}

/** `fe80:0:7f00:1`, perhaps with an IPv4 address at its end, as bytes. */
function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return v4Bytes(group);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** A range of a table in this program. */
export function range(text: string): IpRange {
  const parsed = parseIpRange(text);
  if (parsed === null) throw new Error(`'${text}' is no range of addresses`);
  return parsed;
}

const NAT64 = range('64:ff9b::/96');
const SIX_TO_FOUR = range('2002::/16');
