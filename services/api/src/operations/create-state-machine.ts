import { createStateMachine } from '@everstep/engine';
import { epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const createStateMachineRoute = route(operations.createStateMachine, async ({ engine }, input) => {
  const machine = await createStateMachine(engine, input);
  return { stateMachineArn: machine.stateMachineArn, creationDate: epochSeconds(machine.createdAt) };
});
