import { ApiError, type StateMachineType, requireName, stateMachineArn } from '@everstep/protocol';
import { v4 } from 'uuid';
import type { EnginePorts } from '../context.ts';
import type { StateMachineRecord } from '../ports/catalog-store.ts';
import { checkDefinition } from './check-definition.ts';
import { DEFAULT_CONFIGURATION, type MachineConfiguration, configurationText, configure } from './configuration.ts';

export interface CreateStateMachineRequest extends Partial<MachineConfiguration> {
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  /** STANDARD where absent. */
  readonly type?: StateMachineType;
}

/**
 * Idempotent, as AWS's is: the same name, definition, type and configuration answer the machine that is there, whatever
 * role the request names; anything else under the name is StateMachineAlreadyExists.
 * Errors: InvalidName, InvalidDefinition, InvalidLoggingConfiguration, InvalidEncryptionConfiguration,
 * StateMachineAlreadyExists, StateMachineDeleting.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
 */
export async function createStateMachine(
  context: EnginePorts,
  request: CreateStateMachineRequest,
): Promise<StateMachineRecord> {
  requireName(request.name);
  const type = request.type ?? 'STANDARD';
  const configuration = configurationText(configure(DEFAULT_CONFIGURATION, request));
  checkDefinition(request.definition, type);
  const arn = stateMachineArn(context.settings, request.name);
  const { created, stateMachine } = await context.store.createStateMachine({
    stateMachineArn: arn,
    name: request.name,
    type,
    createdAt: context.clock.now(),
    revision: { revisionId: v4(), definition: request.definition, roleArn: request.roleArn, configuration },
  });
  if (created) return stateMachine;
  if (stateMachine.status === 'DELETING') {
    throw new ApiError('StateMachineDeleting', `State Machine is being deleted: '${arn}'`);
  }
  const { revision } = stateMachine;
  const same =
    stateMachine.type === type &&
    revision.definition === request.definition &&
    revision.configuration === configuration;
  if (!same) throw new ApiError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
  return stateMachine;
}
