import { operations, positionText } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { cutPage, pageSize } from '../paging.ts';
import { connectionItem, connectionsOf } from './connection-answers.ts';

export const listConnectionsRoute = route(operations.listConnections, async (context, input) => {
  const { engine, pageTokens } = context;
  const { NamePrefix, ConnectionState, NextToken, Limit } = input;
  const scope = { operation: 'ListConnections', arguments: [NamePrefix, ConnectionState] };
  const position = await pageTokens.open(scope, NextToken);
  const size = pageSize(Limit);
  const { region, accountId } = engine.settings;
  const read = await connectionsOf(context).list({
    ...{ region, accountId, limit: size + 1 },
    ...(NamePrefix === undefined ? {} : { namePrefix: NamePrefix }),
    ...(ConnectionState === undefined ? {} : { state: ConnectionState }),
    ...(position === null ? {} : { afterName: positionText(position, 'afterName') }),
  });
  const { items, last } = cutPage(read, size);
  return {
    Connections: items.map(connectionItem),
    ...(last === null ? {} : { NextToken: await pageTokens.seal(scope, { afterName: last.name }) }),
  };
});
