import type { Redis } from 'ioredis';
import { optionalPackage } from '../targets/optional-package.ts';
import { ServiceFailure, causeOf, connectionFailed, isOfTheWay } from '../targets/service-failure.ts';

const CONNECT_MS = 5_000;

/**
 * A connection that is there, or an error: none that is waited for, and none that comes back by itself, as a command that
 * waits for it would wait for ever.
 */
export async function openRedis(url: string, onGone: () => void): Promise<Redis> {
  const { Redis } = await optionalPackage('the package ioredis', () => import('ioredis'));
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: null,
    retryStrategy: () => null,
    connectionName: 'everstep task',
  });
  let lastError: unknown = null;
  redis.on('error', (error) => {
    lastError = error;
  });
  redis.on('end', onGone);
  try {
    await redis.connect();
    // Asked at once: a server that wants a password refuses nothing before.
    await redis.ping();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw redisFailure(lastError ?? error) ?? connectionFailed(causeOf(lastError ?? error));
  }
}

export function redisFailure(error: unknown): ServiceFailure | null {
  const cause = causeOf(error);
  if (/^(NOAUTH|WRONGPASS|NOPERM)|invalid password/i.test(cause))
    return new ServiceFailure('AuthenticationFailed', cause);
  if (isOfTheWay(error) || /connection is closed|stream isn't writeable|connect etimedout/i.test(cause)) {
    return connectionFailed(cause);
  }
  return /^[A-Z]+ /.test(cause) ? new ServiceFailure('Refused', cause) : null;
}
