import { silentLogger } from '@everstep/engine';
import { createBullmqQueue } from '@everstep/queue-bullmq';
import type { Config } from '../config.ts';
import type { CheckFinding } from './finding.ts';

export async function checkRedis({ redisUrl }: Config): Promise<CheckFinding> {
  const check = 'Redis';
  if (redisUrl === null) return { check, status: 'ok', text: 'REDIS_URL is not set: Postgres carries the hints' };
  const queue = createBullmqQueue({ redisUrl, logger: silentLogger });
  try {
    const health = await queue.health();
    if (health.healthy) return { check, status: 'ok', text: 'it answers' };
    const remedy = 'Executions go on without it, later: the scheduler finds what no hint did. Is REDIS_URL right?';
    return { check, status: 'bad', text: health.reason ?? 'it does not answer', remedy };
  } finally {
    await queue.close();
  }
}
