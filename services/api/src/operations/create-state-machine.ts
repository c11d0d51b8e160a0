import { createStateMachine } from '@everstep/engine';
import { epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const createStateMachineRoute = route(operations.createStateMachine, async ({ engine }, input) => {
  const { stateMachine, stateMachineVersionArn } = await createStateMachine(engine, input);
  return {
    stateMachineArn: stateMachine.stateMachineArn,
    creationDate: epochSeconds(stateMachine.createdAt),
    ...(stateMachineVersionArn === null ? {} : { stateMachineVersionArn }),
  };
});
