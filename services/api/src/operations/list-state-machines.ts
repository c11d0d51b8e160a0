import { epochSeconds, operations, positionText } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { cutPage, pageSize } from '../paging.ts';

const SCOPE = { operation: 'ListStateMachines', arguments: [] };

export const listStateMachinesRoute = route(operations.listStateMachines, async ({ engine, pageTokens }, input) => {
  const position = await pageTokens.open(SCOPE, input.nextToken);
  const size = pageSize(input.maxResults);
  const { region, accountId } = engine.settings;
  const read = await engine.store.listStateMachines({
    region,
    accountId,
    ...(position === null ? {} : { afterName: positionText(position, 'afterName') }),
    limit: size + 1,
  });
  const { items, last } = cutPage(read, size);
  return {
    stateMachines: items.map((machine) => ({
      stateMachineArn: machine.stateMachineArn,
      name: machine.name,
      type: machine.type,
      creationDate: epochSeconds(machine.createdAt),
    })),
    ...(last === null ? {} : { nextToken: await pageTokens.seal(SCOPE, { afterName: last.name }) }),
  };
});
