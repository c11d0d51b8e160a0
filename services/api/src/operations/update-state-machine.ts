import { updateStateMachine } from '@everstep/engine';
import { epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const updateStateMachineRoute = route(operations.updateStateMachine, async ({ engine }, input) => {
  const { revision, stateMachineVersionArn } = await updateStateMachine(engine, input);
  return {
    updateDate: epochSeconds(revision.createdAt),
    revisionId: revision.revisionId,
    ...(stateMachineVersionArn === null ? {} : { stateMachineVersionArn }),
  };
});
