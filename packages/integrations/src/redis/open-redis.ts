import { parseServerAddress, type ServerAddress } from '@everstep/engine';
import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { optionalPackage } from '../targets/optional-package.ts';
import { ServiceFailure, causeOf, connectionFailed, isOfTheWay } from '../targets/service-failure.ts';

const DEFAULT_PORT = 6_379;
const CONNECT_MS = 5_000;
/** How often a command is tried at another node of a cluster: it may have moved, and a node may be away for a moment. */
const MAX_REDIRECTIONS = 5;

/**
 * A connection that is there, or an error: none that is waited for, and none that comes back by itself, as a command that
 * waits for it would wait for ever.
 */
export async function openRedis(url: string, onGone: () => void): Promise<Redis | Cluster> {
  const redis = await createClient(url);
  let lastError: unknown = null;
  const note = (error: unknown): void => {
    lastError = error;
  };
  // What a cluster says itself is no more than that there is no node; why is said of the nodes, unless none was reached.
  if ('nodes' in redis) redis.on('node error', note).on('error', () => undefined);
  else redis.on('error', note);
  redis.on('end', onGone);
  try {
    await redis.connect();
    // Asked at once: a server that wants a password refuses nothing before.
    await redis.ping();
    return redis;
  } catch (error) {
    redis.disconnect();
    if (lastError !== null && 'nodes' in redis && CLOSED.test(causeOf(lastError))) {
      throw connectionFailed('No node of the cluster can be reached.');
    }
    throw redisFailure(lastError ?? error) ?? connectionFailed(causeOf(lastError ?? error));
  }
}

/** Whether the URL names nodes of a cluster. */
export function isClusterUrl(url: string): boolean {
  return /^rediss?\+cluster:/.test(url);
}

async function createClient(url: string): Promise<Redis | Cluster> {
  const { Redis, Cluster } = await optionalPackage('the package ioredis', () => import('ioredis'));
  const common: RedisOptions = {
    connectTimeout: CONNECT_MS,
    connectionName: 'everstep task',
    maxRetriesPerRequest: null,
  };
  const address = isClusterUrl(url) ? parseServerAddress(url, DEFAULT_PORT) : null;
  if (address === null) {
    return new Redis(url, { ...common, lazyConnect: true, enableOfflineQueue: false, retryStrategy: () => null });
  }
  const isSecure = address.scheme.startsWith('rediss');
  return new Cluster([...address.hosts], {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: () => null,
    maxRedirections: MAX_REDIRECTIONS,
    slotsRefreshTimeout: CONNECT_MS,
    redisOptions: { ...common, ...credentials(address), ...(isSecure ? { tls: {} } : {}) },
    // Certificates are for names: a name that is resolved beforehand could not be checked.
    ...(isSecure ? { dnsLookup: (host, answer) => answer(null, host) } : {}),
  });
}

function credentials({ username, password }: ServerAddress): Pick<RedisOptions, 'username' | 'password'> {
  return { ...(username === null ? {} : { username }), ...(password === null ? {} : { password }) };
}

export function redisFailure(error: unknown): ServiceFailure | null {
  const cause = causeOf(error);
  if (/^(NOAUTH|WRONGPASS|NOPERM)|invalid password/i.test(cause))
    return new ServiceFailure('AuthenticationFailed', cause);
  if (isOfTheWay(error) || OF_THE_WAY.test(cause)) return connectionFailed(cause);
  return /^[A-Z]+ /.test(cause) ? new ServiceFailure('Refused', cause) : null;
}

const CLOSED = /connection is closed/i;
/** What clients say of a connection, and servers of a cluster that is not whole. */
const OF_THE_WAY =
  /connection is closed|stream isn't writeable|connect etimedout|^CLUSTERDOWN|too many cluster redirections|failed to refresh slots|cluster isn't ready/i;
