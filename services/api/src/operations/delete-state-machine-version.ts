import { deleteStateMachineVersion } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const deleteStateMachineVersionRoute = route(operations.deleteStateMachineVersion, async ({ engine }, input) => {
  await deleteStateMachineVersion(engine, input);
  return {};
});
