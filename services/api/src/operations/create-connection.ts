import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { connectionsOf, connectionSummary } from './connection-answers.ts';

export const createConnectionRoute = route(operations.createConnection, async (context, input) =>
  connectionSummary(await connectionsOf(context).create(context.engine.settings, input)),
);
