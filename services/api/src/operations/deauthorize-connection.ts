import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { connectionsOf, connectionSummary } from './connection-answers.ts';

export const deauthorizeConnectionRoute = route(operations.deauthorizeConnection, async (context, input) =>
  connectionSummary(await connectionsOf(context).deauthorize(context.engine.settings, input.Name)),
);
