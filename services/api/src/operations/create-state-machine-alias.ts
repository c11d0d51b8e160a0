import { createStateMachineAlias } from '@everstep/engine';
import { aliasArn, epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const createStateMachineAliasRoute = route(operations.createStateMachineAlias, async ({ engine }, input) => {
  const { stateMachineArn, name, createdAt } = await createStateMachineAlias(engine, input);
  return { stateMachineAliasArn: aliasArn(stateMachineArn, name), creationDate: epochSeconds(createdAt) };
});
