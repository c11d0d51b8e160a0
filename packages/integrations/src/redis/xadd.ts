import type { Cluster, Redis } from 'ioredis';
import { Connections } from '../targets/connections.ts';
import { type OwnCall, type OwnIntegration, createOwnIntegration } from '../targets/own-integration.ts';
import { asText, integerIn, objectIn, textIn } from '../targets/parameters.ts';
import { UnusableError, connectionFailed } from '../targets/service-failure.ts';
import type { RedisTarget } from '../targets/target.ts';
import { openRedis, redisFailure } from './open-redis.ts';

/** How long an attempt is remembered, in seconds: longer than any worker takes to come back. */
const REMEMBERED_SECONDS = 86_400;

/** Appends once for an attempt, however often it is performed; answers the entry's id, and whether it was there already. */
const APPEND_ONCE = `
local known = redis.call('GET', KEYS[2])
if known then return {known, 1} end
local id
if ARGV[3] == '' then id = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 4))
else id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', unpack(ARGV, 4)) end
redis.call('SET', KEYS[2], id, 'EX', ARGV[1])
return {id, 0}`;

/** More would not fit into a script's arguments. */
const MAX_FIELDS = 1_000;

/** `everstep:redis:xadd`: an entry of a stream. */
export function createRedisXaddIntegration(targets: ReadonlyMap<string, RedisTarget>): OwnIntegration {
  const connections = new Connections<Redis | Cluster>(
    (name, onGone) => openRedis(targets.get(name)?.url ?? '', onGone),
    (redis) => redis.disconnect(),
  );
  const check = async (name: string): Promise<void> => {
    await (await connections.get(name)).ping();
  };
  return createOwnIntegration({
    prefix: 'Redis',
    targets,
    call: async (call: OwnCall<RedisTarget>) => ({ output: await append(await connections.get(call.name), call) }),
    failureOf: redisFailure,
    check,
    drop: (name) => connections.drop(name),
    close: () => connections.close(),
  });
}

async function append(redis: Redis | Cluster, { parameters, request }: OwnCall<RedisTarget>) {
  const stream = textIn(parameters, 'Stream') ?? '';
  const fields = Object.entries(objectIn(parameters, 'Fields'));
  if (fields.length === 0 || fields.length > MAX_FIELDS) {
    throw new UnusableError(`'Fields' must have from 1 to ${MAX_FIELDS} entries.`);
  }
  const maxLength = integerIn(parameters, 'MaxLength');
  const entry = fields.flatMap(([name, value]) => [name, asText(value)]);
  const answer = await redis.eval(
    APPEND_ONCE,
    2,
    stream,
    attemptKey(stream, request.attemptId),
    String(REMEMBERED_SECONDS),
    request.attemptId,
    maxLength === undefined ? '' : String(maxLength),
    ...entry,
  );
  if (!Array.isArray(answer)) throw connectionFailed('The server gave no answer that could be understood.');
  const [id, known] = answer;
  return { Stream: stream, Id: String(id), Duplicate: known === 1 };
}

/** In the stream's own slot of a cluster: what is between its first braces, or all of its name. */
function attemptKey(stream: string, attemptId: string): string {
  const tag = /\{([^}]+)\}/.exec(stream)?.[1] ?? stream;
  return `{${tag}}:everstep:${attemptId}`;
}
