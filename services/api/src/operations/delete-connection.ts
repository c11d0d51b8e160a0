import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { connectionsOf, connectionSummary } from './connection-answers.ts';

export const deleteConnectionRoute = route(operations.deleteConnection, async (context, input) =>
  connectionSummary(await connectionsOf(context).delete(context.engine.settings, input.Name)),
);
