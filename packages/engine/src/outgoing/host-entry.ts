import { isIPv6 } from 'node:net';
import { type AddressClass, classOf, isSpecialRange } from './address-class.ts';
import { type IpAddress, type IpRange, contains, parseIpRange } from './ip-address.ts';

/** Where a call goes: the host as the URL has it, in lower case and without brackets, and the port. */
export interface CallTarget {
  readonly host: string;
  readonly port: number;
}

/** An entry of a list of hosts: a class of addresses, a range of them, or a name; each perhaps for one port only. */
export interface HostEntry {
  readonly port: number | null;
  readonly hosts:
    | { readonly kind: 'class'; readonly name: AddressClass }
    | { readonly kind: 'range'; readonly range: IpRange; readonly isSpecial: boolean }
    /** `suffix` begins with a dot where the entry did with `*.`. */
    | { readonly kind: 'name'; readonly name: string; readonly isSuffix: boolean };
}

const CLASSES: readonly AddressClass[] = ['public', 'private', 'loopback'];
const LABEL = '[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?';
/** A last label of digits would be read as part of an address. */
const NAME = new RegExp(`^(\\*\\.)?(${LABEL}\\.)*(?!\\d+$)${LABEL}$`);
/** What somebody would write who takes it for a class; as the name of a host it would open or close nothing. */
const NO_NAMES: ReadonlySet<string> = new Set(['special', 'link-local', 'all', 'any', 'none', 'internal', 'external']);
const MAX_PORT = 65_535;

/**
 * Reads `public`, `private`, `loopback`, `10.0.0.0/8`, `[fd00::1]:8443`, `api.example.com`, `*.example.com:443`.
 * null: the text is none of these.
 */
export function parseHostEntry(text: string): HostEntry | null {
  const { host, port } = splitPort(text.trim().toLowerCase());
  if (port !== null && (port < 1 || port > MAX_PORT)) return null;
  const known = CLASSES.find((name) => name === host);
  if (known !== undefined) return { port, hosts: { kind: 'class', name: known } };
  const range = parseIpRange(host);
  if (range !== null) return { port, hosts: { kind: 'range', range, isSpecial: isSpecialRange(range) } };
  if (!NAME.test(host) || NO_NAMES.has(host)) return null;
  const isSuffix = host.startsWith('*.');
  return { port, hosts: { kind: 'name', name: isSuffix ? host.slice(1) : host, isSuffix } };
}

function splitPort(text: string): { host: string; port: number | null } {
  const [, bracketed, bracketedPort] = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text) ?? [];
  if (bracketed !== undefined) return { host: bracketed, port: numberOf(bracketedPort) };
  // An IPv6 address without brackets has no port.
  if (isIPv6(text.split('/')[0] ?? '')) return { host: text, port: null };
  const [, host = text, port] = /^([^:]*):(\d{1,5})$/.exec(text) ?? [];
  return { host, port: numberOf(port) };
}

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

/** Whether an entry speaks of a call that is about to go to an address. */
export function speaksOf({ hosts, port }: HostEntry, target: CallTarget, address: IpAddress): boolean {
  if (port !== null && port !== target.port) return false;
  switch (hosts.kind) {
    case 'class':
      return hosts.name === classOf(address);
    case 'range':
      return contains(hosts.range, address);
    case 'name':
      return hosts.isSuffix ? target.host.endsWith(hosts.name) : target.host === hosts.name;
  }
}

/**
 * Whether an entry opens the way to an address. Beyond speaking of it: a special address is opened only by who writes it
 * or a range of such, and a name, whose addresses are whatever its DNS says, opens loopback only if it is localhost.
 */
export function opens(entry: HostEntry, target: CallTarget, address: IpAddress): boolean {
  if (!speaksOf(entry, target, address)) return false;
  const { hosts } = entry;
  switch (classOf(address)) {
    case 'special':
      return hosts.kind === 'range' && hosts.isSpecial;
    case 'loopback':
      return hosts.kind !== 'name' || /^(.*\.)?localhost$/.test(hosts.name);
    default:
      return true;
  }
}
