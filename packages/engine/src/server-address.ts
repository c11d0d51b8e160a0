/** Where a service is that runs on several servers, of which any knows the others. */
export interface ServerAddress {
  readonly scheme: string;
  /** null: none is given. */
  readonly username: string | null;
  readonly password: string | null;
  readonly hosts: ReadonlyArray<{ readonly host: string; readonly port: number }>;
}

/**
 * Reads `scheme://[[user]:password@]host[:port][,host[:port]]…`, which URL does not: names, IPv4 and IPv6 addresses in
 * brackets, user and password percent-encoded. Null where the text is something else.
 */
export function parseServerAddress(text: string, defaultPort: number): ServerAddress | null {
  const parts = /^([a-z][a-z0-9+.-]*):\/\/(?:([^@/?#]*)@)?([^@/?#]+)\/?$/.exec(text);
  if (parts === null) return null;
  const [, scheme = '', identity, names = ''] = parts;
  const hosts = names.split(',').map((name) => parseHost(name, defaultPort));
  const [username = null, ...password] = identity?.split(':') ?? [];
  const decoded = [username, password.length === 0 ? null : password.join(':')].map(decode);
  if (hosts.includes(null) || decoded.includes(undefined)) return null;
  return {
    scheme,
    username: decoded[0] || null,
    password: decoded[1] || null,
    hosts: hosts.filter((host) => host !== null),
  };
}

function parseHost(text: string, defaultPort: number): { host: string; port: number } | null {
  const [, bracketed, name, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? name;
  const number = port === undefined ? defaultPort : Number(port);
  return host === undefined || number < 1 || number > 65_535 ? null : { host, port: number };
}

/** undefined: it is not encoded as it should be. */
function decode(text: string | null): string | null | undefined {
  try {
    return text === null ? null : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
