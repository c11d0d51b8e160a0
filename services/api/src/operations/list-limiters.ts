import { epochSeconds, operations, positionText } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { cutPage, pageSize } from '../paging.ts';
import { longestWait, shapeOf } from './describe-limiter.ts';

const SCOPE = { operation: 'ListLimiters', arguments: [] };

export const listLimitersRoute = route(operations.listLimiters, async ({ engine, pageTokens }, input) => {
  const position = await pageTokens.open(SCOPE, input.nextToken);
  const size = pageSize(input.maxResults);
  const { region, accountId } = engine.settings;
  const read = await engine.store.listLimiters({
    region,
    accountId,
    ...(position === null ? {} : { afterName: positionText(position, 'afterName') }),
    limit: size + 1,
  });
  const { items, last } = cutPage(read, size);
  const now = engine.clock.now();
  const limiters = await Promise.all(
    items.map(async ({ limiterArn, name, settings, pausedAt, createdAt }) => {
      const use = await engine.store.readLimiterUse(limiterArn, 0);
      const { waiting, permitsInUse } = use;
      const status = pausedAt === null ? ('ACTIVE' as const) : ('PAUSED' as const);
      const figures = { waiting, permitsInUse, ...longestWait(use, now) };
      return { limiterArn, name, ...shapeOf(settings), status, creationDate: epochSeconds(createdAt), ...figures };
    }),
  );
  return {
    limiters,
    ...(last === null ? {} : { nextToken: await pageTokens.seal(SCOPE, { afterName: last.name }) }),
  };
});
