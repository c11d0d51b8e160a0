import { epochSeconds, operations, positionText } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { cutPage, pageSize } from '../paging.ts';

const SCOPE = { operation: 'ListActivities', arguments: [] };

export const listActivitiesRoute = route(operations.listActivities, async ({ engine, pageTokens }, input) => {
  const position = await pageTokens.open(SCOPE, input.nextToken);
  const size = pageSize(input.maxResults);
  const { region, accountId } = engine.settings;
  const read = await engine.store.listActivities({
    region,
    accountId,
    ...(position === null ? {} : { afterName: positionText(position, 'afterName') }),
    limit: size + 1,
  });
  const { items, last } = cutPage(read, size);
  return {
    activities: items.map((activity) => ({
      activityArn: activity.activityArn,
      name: activity.name,
      creationDate: epochSeconds(activity.createdAt),
    })),
    ...(last === null ? {} : { nextToken: await pageTokens.seal(SCOPE, { afterName: last.name }) }),
  };
});
