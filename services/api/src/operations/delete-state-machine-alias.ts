import { deleteStateMachineAlias } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const deleteStateMachineAliasRoute = route(operations.deleteStateMachineAlias, async ({ engine }, input) => {
  await deleteStateMachineAlias(engine, input);
  return {};
});
