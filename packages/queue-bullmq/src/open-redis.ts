import { parseServerAddress, type ServerAddress } from '@everstep/engine';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

const defaultPort = 6_379;
const connectTimeoutMs = 5_000;
const firstBackoffMs = 50;
const maxBackoffMs = 2_000;
const keepAliveMs = 10_000;
/** How often a cluster is asked who has which slots, beside the answers that say so. */
const slotsRefreshMs = 5_000;
/** How often a command is tried at another node, or at the same one again. */
const maxRedirections = 5;
const redirectionDelayMs = 100;

/** How commands are sent, the same whether to one server or to a cluster. */
export interface CommandOptions {
  /** Whether commands wait for a connection; otherwise they fail at once. */
  readonly waitForConnection?: boolean;
  /** After which a command that was sent fails; without it, never. */
  readonly commandTimeoutMs?: number;
}

/** Told of what happens to the connection; `node`: the host and port of a cluster's node. */
export interface ConnectionListener {
  readonly ready: () => void;
  readonly error: (error: Error) => void;
  readonly close: () => void;
  readonly nodeAway: (node: string, error: Error) => void;
  readonly nodeBack: (node: string) => void;
}

/** The nodes that a URL such as `redis+cluster://a:7000,b:7000` or `rediss+cluster://…` names; null: it names one server. */
export function clusterOf(redisUrl: string): ServerAddress | null {
  if (!/^rediss?\+cluster:/.test(redisUrl)) return null;
  const address = parseServerAddress(redisUrl, defaultPort);
  if (address === null) throw new TypeError('the URL of a Redis cluster must be redis+cluster://host:port,host:port…');
  return address;
}

/** Connects, again and again if need be, until it is told to disconnect. */
export function openRedis(
  redisUrl: string,
  options: CommandOptions & { readonly on: ConnectionListener },
): Redis | Cluster {
  const { waitForConnection = true, commandTimeoutMs, on } = options;
  const retryStrategy = (times: number): number => Math.min(firstBackoffMs * 2 ** times, maxBackoffMs);
  const common: RedisOptions = {
    connectTimeout: connectTimeoutMs,
    keepAlive: keepAliveMs,
    // What is waited for has no end but an answer; what is not waits nowhere inside the client, where nothing bounds it.
    maxRetriesPerRequest: waitForConnection ? null : 0,
    ...(commandTimeoutMs === undefined ? {} : { commandTimeout: commandTimeoutMs }),
  };
  const address = clusterOf(redisUrl);
  if (address === null) {
    const redis = new Redis(redisUrl, {
      ...common,
      enableOfflineQueue: waitForConnection,
      retryStrategy,
      // After a fail-over the former primary answers that it is read-only; the name leads to the new one.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
    });
    redis.on('ready', on.ready).on('error', on.error).on('close', on.close);
    return redis;
  }
  const isSecure = address.scheme.startsWith('rediss');
  const cluster = new Cluster([...address.hosts], {
    enableOfflineQueue: waitForConnection,
    clusterRetryStrategy: retryStrategy,
    slotsRefreshInterval: slotsRefreshMs,
    slotsRefreshTimeout: connectTimeoutMs,
    maxRedirections,
    retryDelayOnFailover: redirectionDelayMs,
    retryDelayOnClusterDown: redirectionDelayMs,
    redisOptions: {
      ...common,
      ...(address.username === null ? {} : { username: address.username }),
      ...(address.password === null ? {} : { password: address.password }),
      ...(isSecure ? { tls: {} } : {}),
    },
    // Certificates are for names: a name that is resolved beforehand could not be checked.
    ...(isSecure ? { dnsLookup: (host, answer) => answer(null, host) } : {}),
  });
  cluster.on('ready', on.ready).on('error', on.error).on('close', on.close);
  watchNodes(cluster, on);
  return cluster;
}

/** A node that is away is one piece of news, until it has been reached again. */
function watchNodes(cluster: Cluster, on: ConnectionListener): void {
  const away = new Set<string>();
  cluster.on('node error', (error: Error, node: string) => {
    if (away.has(node)) return;
    away.add(node);
    on.nodeAway(node, error);
  });
  cluster.on('+node', (redis: Redis) => {
    const node = `${redis.options.host}:${redis.options.port}`;
    redis.once('ready', () => {
      if (away.delete(node)) on.nodeBack(node);
    });
  });
}
