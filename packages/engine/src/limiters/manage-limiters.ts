import { ExpressionSyntaxError } from '@everstep/language';
import { ApiError, QUOTAS, limiterArn } from '@everstep/protocol';
import type { EngineContext } from '../context.ts';
import type { LimiterRecord } from '../ports/limiter-store.ts';
import { compileTaskExpression } from './limiter-book.ts';
import type { Limit, LimiterSettings } from './limiter-settings.ts';

/**
 * Creates a limiter, or gives it other settings, which hold for all that wait as soon as this returns, and for what is
 * scheduled within seconds. Errors: ValidationException, ServiceQuotaExceededException.
 */
export async function putLimiter(
  context: EngineContext,
  { name, settings }: { readonly name: string; readonly settings: LimiterSettings },
): Promise<{ readonly isNew: boolean; readonly limiter: LimiterRecord }> {
  const { store, settings: own, limiters } = context;
  checkSettings(settings);
  const arn = limiterArn(own, name);
  if ((await store.findLimiter(arn)) === null) {
    const page = await store.listLimiters({ region: own.region, accountId: own.accountId, limit: QUOTAS.limiters });
    if (page.length >= QUOTAS.limiters) {
      const message = `The maximum number of limiters of an account is ${QUOTAS.limiters}.`;
      throw new ApiError('ServiceQuotaExceededException', message);
    }
  }
  const put = await store.putLimiter({ limiterArn: arn, name, settings: JSON.stringify(settings) });
  limiters.changed(arn);
  return put;
}

/** Errors: ResourceNotFound. */
export async function pauseLimiter({ store, limiters }: EngineContext, arn: string): Promise<LimiterRecord> {
  const limiter = (await store.pauseLimiter(arn)) ?? notFound(arn);
  limiters.changed(arn);
  return limiter;
}

/** Errors: ResourceNotFound. */
export async function resumeLimiter({ store, limiters }: EngineContext, arn: string): Promise<LimiterRecord> {
  const limiter = (await store.resumeLimiter(arn)) ?? notFound(arn);
  limiters.changed(arn);
  return limiter;
}

/** What waits for it goes on; what is not there is deleted already. */
export async function deleteLimiter({ store, limiters }: EngineContext, arn: string): Promise<void> {
  await store.deleteLimiter(arn);
  limiters.changed(arn);
}

/** Errors: ResourceNotFound. */
export async function requireLimiter({ store }: Pick<EngineContext, 'store'>, arn: string): Promise<LimiterRecord> {
  return (await store.findLimiter(arn)) ?? notFound(arn);
}

function notFound(arn: string): never {
  throw new ApiError('ResourceNotFound', `Resource not found: '${arn}'`, { resourceName: arn });
}

function checkSettings(settings: LimiterSettings): void {
  const { limit, limitPerKey, key, priority } = settings;
  if (isEmpty(limit) && isEmpty(limitPerKey)) {
    throw invalid("A limiter needs a concurrency or a rate, in 'limit' or in 'limitPerKey'.");
  }
  if (!isEmpty(limitPerKey) && key === null) throw invalid("'limitPerKey' needs a 'key' that tells the keys apart.");
  if (key !== null) checkExpression('key', key);
  if (typeof priority === 'string') checkExpression('priorityExpression', priority);
}

function isEmpty({ concurrency, rate }: Limit): boolean {
  return concurrency === null && rate === null;
}

function checkExpression(member: string, text: string): void {
  try {
    compileTaskExpression(text);
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    throw invalid(`'${member}' is neither a JSONPath nor a JSONata expression between {% and %}: ${error.message}`);
  }
}

function invalid(message: string): ApiError {
  return new ApiError('ValidationException', message);
}
