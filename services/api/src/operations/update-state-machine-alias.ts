import { updateStateMachineAlias } from '@everstep/engine';
import { epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const updateStateMachineAliasRoute = route(operations.updateStateMachineAlias, async ({ engine }, input) => {
  const { updatedAt } = await updateStateMachineAlias(engine, input);
  return { updateDate: epochSeconds(updatedAt) };
});
