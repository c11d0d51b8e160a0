import { doesNotExist, hasOwnKey, isInitialRevision, parseConfiguration } from '@everstep/engine';
import { epochSeconds, machineTarget, operations } from '@everstep/protocol';
import { type ApiContext, route } from '../api-context.ts';
import { describeVariables } from '../variable-references.ts';

export const describeStateMachineRoute = route(operations.describeStateMachine, async ({ engine }, input) => {
  const { machine, revision, createdAt, description } = await findDescribed(engine, input.stateMachineArn);
  return {
    stateMachineArn: input.stateMachineArn,
    name: machine.name,
    status: machine.status,
    definition: input.includedData === 'METADATA_ONLY' ? '{}' : revision.definition,
    roleArn: revision.roleArn,
    type: machine.type,
    creationDate: epochSeconds(createdAt),
    ...parseConfiguration(revision.configuration),
    ...(input.includedData === 'METADATA_ONLY' && hasOwnKey(revision)
      ? {}
      : await describeVariables(engine, revision.revisionId)),
    ...(isInitialRevision(machine, revision) ? {} : { revisionId: revision.revisionId }),
    ...(description === null ? {} : { description }),
  };
});

/** A machine as it is now, or one of its versions. An alias is no machine: it has an operation of its own. */
async function findDescribed(engine: ApiContext['engine'], arn: string) {
  const { stateMachineArn, version, alias } = machineTarget(arn);
  const machine = await engine.store.findStateMachine(stateMachineArn);
  if (machine === null || alias !== null) throw doesNotExist(arn);
  if (version === null) return { ...machine, machine, description: null };
  const found = await engine.store.findVersion(stateMachineArn, version);
  const revision = found === null ? null : await engine.store.findRevision(found.revisionId);
  if (found === null || revision === null) throw doesNotExist(arn);
  return { machine, revision, createdAt: found.createdAt, description: found.description };
}
