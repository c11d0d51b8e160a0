import type { JobOutcome } from '@everstep/engine';
import { type Json, type JsonObject, isObject, parseJson } from '@everstep/language';
import type { Job, Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import { isClusterUrl, openRedis, redisFailure } from '../redis/open-redis.ts';
import { Connections } from '../targets/connections.ts';
import { optionalPackage } from '../targets/optional-package.ts';
import {
  type OwnCall,
  type OwnIntegration,
  type OwnJobCall,
  createOwnIntegration,
} from '../targets/own-integration.ts';
import { integerIn, textIn } from '../targets/parameters.ts';
import { UnusableError } from '../targets/service-failure.ts';
import type { BullmqTarget } from '../targets/target.ts';

/** How long a job that is waited for stays after its end, in seconds: the installation may be away for so long. */
const KEPT_SECONDS = 7 * 86_400;
/** Queues that are kept open of one connection. */
const MAX_QUEUES = 64;

interface Broker {
  readonly redis: Redis | Cluster;
  readonly queues: Map<string, Queue>;
}

/**
 * `everstep:bullmq:addJob`: a job of a BullMQ queue, with `.sync` until a worker has completed it. The job's id is the
 * attempt's unless the state gives one, so an attempt that is performed again adds no second job.
 */
export function createBullmqAddJobIntegration(targets: ReadonlyMap<string, BullmqTarget>): OwnIntegration {
  const brokers = new Connections<Broker>(
    async (name, onGone) => ({ redis: await openRedis(targets.get(name)?.url ?? '', onGone), queues: new Map() }),
    ({ redis }) => redis.disconnect(),
  );
  const check = async (name: string): Promise<void> => {
    await (await brokers.get(name)).redis.ping();
  };
  const queueOf = async (call: { name: string; target: BullmqTarget }, queue: string): Promise<Queue> =>
    openQueue(await brokers.get(call.name), call.target, queue);
  return createOwnIntegration({
    prefix: 'BullMQ',
    targets,
    call: async (call: OwnCall<BullmqTarget>) => {
      const added = await add(await queueOf(call, textIn(call.parameters, 'Queue') ?? ''), call);
      return { output: added, job: added };
    },
    poll: async (call: OwnJobCall<BullmqTarget>): Promise<JobOutcome> => {
      const { queue, id } = identityOf(call.request.job);
      return stateOf(await (await queueOf(call, queue)).getJob(id), id);
    },
    stop: async (call: OwnJobCall<BullmqTarget>): Promise<void> => {
      const { queue, id } = identityOf(call.request.job);
      const job = await (await queueOf(call, queue)).getJob(id);
      // One that a worker holds is the worker's until it has ended.
      if (job !== undefined && !(await job.isActive())) await job.remove();
    },
    failureOf: redisFailure,
    check,
    drop: (name) => brokers.drop(name),
    close: () => brokers.close(),
  });
}

async function openQueue({ redis, queues }: Broker, { prefix, url }: BullmqTarget, name: string): Promise<Queue> {
  const known = queues.get(name);
  if (known !== undefined) return known;
  if (name.includes(':')) throw new UnusableError("'Queue' must not have a ':' in it.");
  if (isClusterUrl(url) && !/\{[^}]+\}/.test(`${prefix ?? ''}:${name}`)) {
    throw new UnusableError(
      "A cluster needs all keys of a queue in one slot: a target's prefix or a 'Queue' like {jobs}.",
    );
  }
  const { Queue } = await optionalPackage('the package bullmq', () => import('bullmq'));
  const queue = new Queue(name, { connection: redis, ...(prefix === null ? {} : { prefix }) });
  // Told by the calls that meet it.
  queue.on('error', () => undefined);
  queues.set(name, queue);
  for (const [oldest] of queues) {
    if (queues.size <= MAX_QUEUES) break;
    queues.delete(oldest);
  }
  return queue;
}

async function add(queue: Queue, { parameters, request }: OwnCall<BullmqTarget>): Promise<JsonObject> {
  const delay = integerIn(parameters, 'DelayMs');
  const priority = integerIn(parameters, 'Priority');
  const attempts = integerIn(parameters, 'Attempts');
  const backoff = integerIn(parameters, 'BackoffMs');
  const isWaitedFor = request.resource.pattern === 'sync';
  const jobId = textIn(parameters, 'JobId') ?? request.attemptId;
  if (jobId.includes(':') || /^\d+$/.test(jobId)) {
    throw new UnusableError("'JobId' must have no ':' in it, and must not be a number.");
  }
  const job = await queue.add(textIn(parameters, 'Name') ?? '', parameters['Data'] ?? null, {
    jobId,
    ...(delay === undefined ? {} : { delay }),
    ...(priority === undefined ? {} : { priority }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(backoff === undefined ? {} : { backoff: { type: 'exponential', delay: backoff } }),
    // The worker's own settings may remove a job the moment it has ended, before anybody could ask for it.
    ...(isWaitedFor ? { removeOnComplete: { age: KEPT_SECONDS }, removeOnFail: { age: KEPT_SECONDS } } : {}),
  });
  return { Queue: queue.name, JobId: job.id ?? jobId };
}

function identityOf(job: Json): { readonly queue: string; readonly id: string } {
  const known = isObject(job) ? job : {};
  return { queue: textIn(known, 'Queue') ?? '', id: textIn(known, 'JobId') ?? '' };
}

async function stateOf(job: Job | undefined, id: string): Promise<JobOutcome> {
  if (job === undefined) {
    return { type: 'failed', error: 'BullMQ.JobNotFound', cause: `There is no job ${id} any more.` };
  }
  switch (await job.getState()) {
    case 'completed': {
      // What BullMQ has parsed is plain JSON; its text is what it was stored as.
      const returned: unknown = job.returnvalue;
      const value = returned === undefined ? null : parseJson(JSON.stringify(returned));
      return { type: 'succeeded', output: { Queue: job.queueName, JobId: id, ReturnValue: value } };
    }
    case 'failed':
      return { type: 'failed', error: 'BullMQ.JobFailed', cause: job.failedReason };
    default:
      return { type: 'running' };
  }
}
