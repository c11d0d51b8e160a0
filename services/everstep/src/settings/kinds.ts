import { parseHostEntry, parseServerAddress } from '@everstep/engine';

/** What a setting's text must look like, and what is made of it. `read` answers null where the text is not right. */
export interface Kind<Value> {
  /** What is right, to follow "must be". */
  readonly expected: string;
  read(text: string): Value | null;
}

export function text(expected = 'a text'): Kind<string> {
  return { expected, read: (value) => (value.trim() === '' ? null : value) };
}

/** Names with commas between. */
export function names(expected: string): Kind<readonly string[]> {
  return {
    expected,
    read(value) {
      const found = value.split(',').map((name) => name.trim());
      return found.includes('') ? null : found;
    },
  };
}

/** Hosts as the policy of outgoing calls takes them, with commas between; `none` is an empty list. */
export const hosts: Kind<readonly string[]> = {
  expected: 'none, or hosts such as public,private,loopback:3000,10.0.0.0/8,*.example.com',
  read(value) {
    if (value.trim() === 'none') return [];
    const found = value.split(',').map((host) => host.trim());
    return found.every((host) => parseHostEntry(host) !== null) ? found : null;
  },
};

export function pattern(expected: string, shape: RegExp): Kind<string> {
  return { expected, read: (value) => (shape.test(value) ? value : null) };
}

/** A whole number within bounds, both included. */
export function integer(minimum: number, maximum: number): Kind<number> {
  return {
    expected: `a whole number from ${minimum} to ${maximum}`,
    read(value) {
      if (!/^\d{1,15}$/.test(value)) return null;
      const number = Number(value);
      return number >= minimum && number <= maximum ? number : null;
    },
  };
}

export function oneOf<const Values extends readonly string[]>(...values: Values): Kind<Values[number]> {
  return {
    expected: `one of ${values.join(', ')}`,
    read: (value) => values.find((one) => one === value) ?? null,
  };
}

export const flag: Kind<boolean> = {
  expected: 'true or false',
  read: (value) => (value === 'true' ? true : value === 'false' ? false : null),
};

/** An address with one of these schemes (`http`, `postgres`, …). */
export function address(...schemes: readonly string[]): Kind<string> {
  const shapes = schemes.map((scheme) => `${scheme}://host…`);
  return {
    expected: `an address such as ${shapes.join(' or ')}`,
    read(value) {
      const url = URL.canParse(value) ? new URL(value) : null;
      return url !== null && schemes.includes(url.protocol.slice(0, -1)) ? value : null;
    },
  };
}

const one = address('redis', 'rediss');
const CLUSTER_SCHEMES = ['redis+cluster', 'rediss+cluster'];

/** One Redis, or some nodes of a Redis Cluster with commas between; with `rediss` over TLS. */
export const redisAddress: Kind<string> = {
  expected: `${one.expected}, or, for a Redis Cluster, redis+cluster://host:port,host:port… or rediss+cluster://…`,
  read(value) {
    const several = parseServerAddress(value, 6_379);
    return several !== null && CLUSTER_SCHEMES.includes(several.scheme) ? value : one.read(value);
  },
};

/** Of an identity provider, whose word is taken: over TLS, or on this machine. */
export const issuer: Kind<string> = {
  expected: 'an address such as https://login.example.org, or http:// on a loopback address',
  read(value) {
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url === null || url.search !== '' || url.hash !== '' || url.username !== '') return null;
    const isHere = url.protocol === 'http:' && /^(127(\.\d+){3}|localhost|\[::1\])$/.test(url.hostname);
    return url.protocol === 'https:' || isHere ? value : null;
  },
};

/** Rates by operation: `StartExecution=100/200` is 100 a second, 200 at once; `*` stands for all that are not named. */
export const rates: Kind<ReadonlyMap<string, { readonly perSecond: number; readonly burst: number }>> = {
  expected: 'rates such as *=100/200,StartExecution=1000/2000',
  read(value) {
    const parts = value.split(',').map((part) => /^\s*(\*|[A-Za-z]+)=(\d{1,7})\/(\d{1,7})\s*$/.exec(part));
    const found = new Map<string, { readonly perSecond: number; readonly burst: number }>();
    for (const part of parts) {
      const [perSecond, burst] = [Number(part?.[2]), Number(part?.[3])];
      // A bucket without room for one token would let nothing through.
      if (part?.[1] === undefined || perSecond < 1 || burst < 1 || found.has(part[1])) return null;
      found.set(part[1], { perSecond, burst });
    }
    return found;
  },
};
