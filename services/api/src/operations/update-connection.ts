import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { connectionsOf, connectionSummary } from './connection-answers.ts';

export const updateConnectionRoute = route(operations.updateConnection, async (context, input) =>
  connectionSummary(await connectionsOf(context).update(context.engine.settings, input)),
);
