import { hasOwnKey, isInitialRevision, labelOfArn, mapRunArnOf, parseConfiguration } from '@everstep/engine';
import { epochSeconds, nameOfArn, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { findExecution } from '../find-execution.ts';
import { describeVariables } from '../variable-references.ts';

export const describeStateMachineForExecutionRoute = route(
  operations.describeStateMachineForExecution,
  async ({ engine }, input) => {
    const execution = await findExecution(engine.store, input.executionArn);
    const { stateMachineArn, revisionId } = execution;
    const revision = await engine.store.findRevision(revisionId);
    if (revision === null) throw new Error(`revision ${revisionId} of execution ${execution.executionId} is missing`);
    // The machine may be gone by now; its revisions are not.
    const machine = await engine.store.findStateMachine(revision.stateMachineArn);
    const [label, mapRunArn] = [labelOfArn(stateMachineArn), mapRunArnOf(execution)];
    const isFirst = machine !== null && isInitialRevision(machine, revision);
    return {
      stateMachineArn,
      name: nameOfArn(stateMachineArn),
      definition: input.includedData === 'METADATA_ONLY' ? '{}' : revision.definition,
      roleArn: revision.roleArn,
      updateDate: epochSeconds(revision.createdAt),
      ...parseConfiguration(revision.configuration),
      ...(input.includedData === 'METADATA_ONLY' && hasOwnKey(revision)
        ? {}
        : await describeVariables(engine, revisionId)),
      ...(isFirst ? {} : { revisionId }),
      ...(label === null ? {} : { label }),
      ...(mapRunArn === null ? {} : { mapRunArn }),
    };
  },
);
