import { type PageScope, epochSeconds, operations, positionNumber, versionArn } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { cutPage, pageSize } from '../paging.ts';

/** A machine that does not exist has none: AWS models no error for it. */
export const listStateMachineVersionsRoute = route(
  operations.listStateMachineVersions,
  async ({ engine, pageTokens }, input) => {
    const { stateMachineArn } = input;
    const scope: PageScope = { operation: 'ListStateMachineVersions', arguments: [stateMachineArn] };
    const position = await pageTokens.open(scope, input.nextToken);
    const size = pageSize(input.maxResults);
    const read = await engine.store.listVersions({
      stateMachineArn,
      ...(position === null ? {} : { beforeVersion: positionNumber(position, 'beforeVersion') }),
      limit: size + 1,
    });
    const { items, last } = cutPage(read, size);
    return {
      stateMachineVersions: items.map(({ version, createdAt }) => ({
        stateMachineVersionArn: versionArn(stateMachineArn, version),
        creationDate: epochSeconds(createdAt),
      })),
      ...(last === null ? {} : { nextToken: await pageTokens.seal(scope, { beforeVersion: last.version }) }),
    };
  },
);
