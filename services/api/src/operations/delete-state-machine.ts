import { deleteStateMachine } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const deleteStateMachineRoute = route(operations.deleteStateMachine, async ({ engine }, input) => {
  await deleteStateMachine(engine, input);
  return {};
});
