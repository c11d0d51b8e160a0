import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { connectionItem, connectionsOf } from './connection-answers.ts';

export const describeConnectionRoute = route(operations.describeConnection, async (context, input) => {
  const connection = await connectionsOf(context).describe(context.engine.settings, input.Name);
  const AuthParameters: operations.ConnectionAuthParameters = JSON.parse(connection.shownParameters);
  const { description } = connection;
  return {
    ...connectionItem(connection),
    ...(description === null ? {} : { Description: description }),
    AuthParameters,
  };
});
