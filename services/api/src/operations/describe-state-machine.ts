import { findStateMachine, parseConfiguration } from '@everstep/engine';
import { epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { describeVariables } from '../variable-references.ts';

export const describeStateMachineRoute = route(operations.describeStateMachine, async ({ engine }, input) => {
  const machine = await findStateMachine(engine, input.stateMachineArn);
  const { revision } = machine;
  return {
    stateMachineArn: machine.stateMachineArn,
    name: machine.name,
    status: machine.status,
    definition: input.includedData === 'METADATA_ONLY' ? '{}' : revision.definition,
    roleArn: revision.roleArn,
    type: machine.type,
    creationDate: epochSeconds(machine.createdAt),
    ...parseConfiguration(revision.configuration),
    ...(await describeVariables(engine, revision.revisionId)),
    ...(machine.revisionNumber > 1 ? { revisionId: revision.revisionId } : {}),
  };
});
