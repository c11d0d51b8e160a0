import { ApiError } from '@everstep/protocol';
import { v4 } from 'uuid';
import type { EnginePorts } from '../context.ts';
import type { RevisionRecord } from '../ports/catalog-store.ts';
import { checkDefinition } from './check-definition.ts';
import { type MachineConfiguration, configurationText, configure, parseConfiguration } from './configuration.ts';
import { findActiveStateMachine } from './find-state-machine.ts';

export interface UpdateStateMachineRequest extends Partial<MachineConfiguration> {
  readonly stateMachineArn: string;
  readonly definition?: string;
  readonly roleArn?: string;
}

/**
 * Makes a new revision of what the request names and what it leaves as it was. Running executions keep theirs. A
 * request that changes nothing leaves the revision of an earlier update in place, as AWS does.
 * Errors: StateMachineDoesNotExist, StateMachineDeleting, InvalidDefinition, InvalidLoggingConfiguration,
 * InvalidEncryptionConfiguration.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
 */
export async function updateStateMachine(
  context: EnginePorts,
  request: UpdateStateMachineRequest,
): Promise<RevisionRecord> {
  const { stateMachineArn } = request;
  const machine = await findActiveStateMachine(context, stateMachineArn);
  const before = machine.revision;
  const definition = request.definition ?? before.definition;
  const roleArn = request.roleArn ?? before.roleArn;
  const configuration = configurationText(configure(parseConfiguration(before.configuration), request));
  if (request.definition !== undefined) checkDefinition(definition, machine.type);
  const same = definition === before.definition && roleArn === before.roleArn && configuration === before.configuration;
  if (same && machine.revisionNumber > 1) return before;
  const revision = { revisionId: v4(), definition, roleArn, configuration, createdAt: context.clock.now() };
  const updated = await context.store.updateStateMachine(stateMachineArn, revision);
  if (updated !== null) return updated.revision;
  // It went away between the look above and the write: the same answers as there.
  await findActiveStateMachine(context, stateMachineArn);
  throw new ApiError('ConflictException', `State Machine was changed at the same time: '${stateMachineArn}'`);
}
