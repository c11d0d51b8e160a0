import { type CallTarget, type HostEntry, opens, parseHostEntry, speaksOf } from './host-entry.ts';
import { facesOf, parseIp } from './ip-address.ts';

/** Lists of hosts as the settings have them, each entry as `parseHostEntry` reads it. */
export interface OutgoingRules {
  /** Where calls may go: nowhere else. */
  readonly allow: readonly string[];
  /** Where they may not go, whatever `allow` says. */
  readonly deny: readonly string[];
  /** Where they may go without TLS. */
  readonly plainHttp: readonly string[];
}

/**
 * A shop's own services have private addresses, so these are open beside the public ones. Loopback is the machine itself,
 * with databases and administration that trust whoever is on it, so it is not.
 */
export const DEFAULT_OUTGOING_RULES: OutgoingRules = {
  allow: ['public', 'private'],
  deny: [],
  plainHttp: ['private', 'loopback'],
};

/** Where calls may go whose address comes from a state, a connection or a hook. */
export class OutgoingPolicy {
  readonly #allow: readonly HostEntry[];
  readonly #deny: readonly HostEntry[];
  readonly #plainHttp: readonly HostEntry[];

  /** Throws where an entry is none. */
  constructor(rules: OutgoingRules) {
    this.#allow = rules.allow.map(entryOf);
    this.#deny = rules.deny.map(entryOf);
    this.#plainHttp = rules.plainHttp.map(entryOf);
  }

  /** Why a call may not be made to an address; null: it may. */
  refusal(target: CallTarget & { readonly isPlain: boolean }, address: string): string | null {
    const parsed = parseIp(address);
    if (parsed === null) return `'${address}' is no address.`;
    const faces = facesOf(parsed);
    const where = address === target.host ? `'${address}'` : `'${target.host}' (${address})`;
    const isDenied = this.#deny.some((entry) => faces.some((face) => speaksOf(entry, target, face)));
    const isOpen = (list: readonly HostEntry[]): boolean =>
      faces.every((face) => list.some((entry) => opens(entry, target, face)));
    if (isDenied || !isOpen(this.#allow)) return `This installation's policy does not allow calls to ${where}.`;
    if (target.isPlain && !isOpen(this.#plainHttp)) {
      return `This installation's policy does not allow calls to ${where} without TLS: use https.`;
    }
    return null;
  }
}

function entryOf(text: string): HostEntry {
  const entry = parseHostEntry(text);
  if (entry === null) throw new Error(`'${text}' is neither a host nor a range of addresses`);
  return entry;
}
