import { type IpAddress, type IpRange, contains, isWithin, range } from './ip-address.ts';

/**
 * What an address is to a policy. `special` is what no service of anybody's listens on, or what gives away more than an
 * address should: link-local ones, the metadata services of clouds, multicast, what is reserved or only for examples.
 * https://www.iana.org/assignments/iana-ipv4-special-registry https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export type AddressClass = 'public' | 'private' | 'loopback' | 'special';

const LOOPBACK = ['127.0.0.0/8', '::1'].map(range);

const SPECIAL = [
  // "This host": a connection to 0.0.0.0 ends at loopback.
  '0.0.0.0/8',
  // Link-local; AWS, Azure, Google and most others serve their metadata at 169.254.169.254.
  '169.254.0.0/16',
  'fe80::/10',
  // Metadata beyond link-local: AWS over IPv6, Google over IPv6, Alibaba, Azure's host; Oracle's is in 192.0.0.0/24.
  'fd00:ec2::/32',
  'fd20:ce::254',
  '100.100.100.200',
  '168.63.129.16',
  // Reserved, for protocols and for examples.
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // IPv4 within IPv6 in forms that nobody uses any more, but that some stacks still translate.
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '3fff::/20',
  '5f00::/16',
  'fec0::/10',
  'ff00::/8',
].map(range);

/** What networks use inside, carriers' and overlay networks' 100.64.0.0/10 among it. */
const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'].map(range);

export function classOf(address: IpAddress): AddressClass {
  const isIn = (ranges: readonly IpRange[]): boolean => ranges.some((one) => contains(one, address));
  if (isIn(LOOPBACK)) return 'loopback';
  if (isIn(SPECIAL)) return 'special';
  return isIn(PRIVATE) ? 'private' : 'public';
}

/** Whether a range holds nothing but special addresses. */
export function isSpecialRange(given: IpRange): boolean {
  return SPECIAL.some((special) => isWithin(given, special));
}
