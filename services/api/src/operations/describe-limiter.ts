import { type Limit, type LimiterUse, readSettings, requireLimiter } from '@everstep/engine';
import { type LimitSettings, type LimiterShape, epochSeconds, limiterArn, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

const SHOWN_KEYS = 20;

export const describeLimiterRoute = route(operations.describeLimiter, async ({ engine }, { name }) => {
  const arn = limiterArn(engine.settings, name);
  const limiter = await requireLimiter(engine, arn);
  const use = await engine.store.readLimiterUse(arn, SHOWN_KEYS);
  const { createdAt, updatedAt, pausedAt } = limiter;
  const { waiting, waitingKeys, permitsInUse, busiestKeys } = use;
  return {
    limiterArn: arn,
    name,
    ...shapeOf(limiter.settings),
    status: pausedAt === null ? ('ACTIVE' as const) : ('PAUSED' as const),
    creationDate: epochSeconds(createdAt),
    updateDate: epochSeconds(updatedAt),
    ...(pausedAt === null ? {} : { pauseDate: epochSeconds(pausedAt) }),
    ...{ waiting, waitingKeys, ...longestWait(use, engine.clock.now()), permitsInUse, busiestKeys },
  };
});

export function longestWait({ waitingSince }: LimiterUse, now: number): { readonly longestWaitSeconds?: number } {
  return waitingSince === null ? {} : { longestWaitSeconds: Math.max(0, now - waitingSince) / 1_000 };
}

export function shapeOf(text: string): LimiterShape {
  const { description, resource, stateMachine, key, limit, limitPerKey, priority } = readSettings(text);
  return {
    ...(description === null ? {} : { description }),
    ...(resource === null ? {} : { resource }),
    ...(stateMachine === null ? {} : { stateMachine }),
    ...(key === null ? {} : { key }),
    ...(isEmpty(limit) ? {} : { limit: limitShape(limit) }),
    ...(isEmpty(limitPerKey) ? {} : { limitPerKey: limitShape(limitPerKey) }),
    ...(typeof priority === 'string' ? { priorityExpression: priority } : { priority }),
  };
}

function isEmpty({ concurrency, rate }: Limit): boolean {
  return concurrency === null && rate === null;
}

function limitShape({ concurrency, rate }: Limit): LimitSettings {
  return { ...(concurrency === null ? {} : { concurrency }), ...(rate === null ? {} : { rate }) };
}
