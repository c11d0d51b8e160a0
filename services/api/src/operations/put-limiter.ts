import { type Limit, type LimiterSettings, NO_LIMIT, putLimiter } from '@everstep/engine';
import { type LimitSettings, epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const putLimiterRoute = route(operations.putLimiter, async ({ engine }, input) => {
  const { limiter } = await putLimiter(engine, { name: input.name, settings: settingsOf(input) });
  const { limiterArn, createdAt, updatedAt } = limiter;
  return { limiterArn, creationDate: epochSeconds(createdAt), updateDate: epochSeconds(updatedAt) };
});

function settingsOf(input: operations.PutLimiterInput): LimiterSettings {
  return {
    description: input.description ?? null,
    resource: input.resource ?? null,
    stateMachine: input.stateMachine ?? null,
    key: input.key ?? null,
    limit: limitOf(input.limit),
    limitPerKey: limitOf(input.limitPerKey),
    priority: input.priorityExpression ?? input.priority ?? 0,
  };
}

function limitOf(limit: LimitSettings | undefined): Limit {
  if (limit === undefined) return NO_LIMIT;
  const { concurrency, rate } = limit;
  return {
    concurrency: concurrency ?? null,
    rate: rate === undefined ? null : { ...rate, burst: rate.burst ?? rate.permits },
  };
}
