import { lookup } from 'node:dns/promises';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a host's name, in the order in which they are to be tried. Rejects where it has none. */
export type ResolveHost = (host: string) => Promise<readonly ResolvedAddress[]>;

/**
 * Names as the machine resolves them, its hosts file included. Each question holds one of the few threads that files and
 * other lookups need too, for as long as a name server is silent: so no more than two are asked at once, and a name that
 * several ask for is asked for once.
 */
export function createResolver(ask: ResolveHost = askSystem, atOnce = 2): ResolveHost {
  const asked = new Map<string, Promise<readonly ResolvedAddress[]>>();
  const waiting: Array<() => void> = [];
  let asking = 0;
  const inTurn = async (host: string): Promise<readonly ResolvedAddress[]> => {
    if (asking >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else asking++;
    try {
      return await ask(host);
    } finally {
      const next = waiting.shift();
      if (next === undefined) asking--;
      else next();
    }
  };
  return (host) => {
    const known = asked.get(host);
    if (known !== undefined) return known;
    const answer = inTurn(host).finally(() => asked.delete(host));
    asked.set(host, answer);
    return answer;
  };
}

function askSystem(host: string): Promise<readonly ResolvedAddress[]> {
  return lookup(host, { all: true });
}
