import { ApiError, machineTarget } from '@everstep/protocol';
import type { EnginePorts } from '../context.ts';

/**
 * Executions of the version go on. Deleting one that does not exist succeeds, as it does in AWS.
 * Errors: ConflictException (an alias routes to it).
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html
 */
export async function deleteStateMachineVersion(
  { store }: Pick<EnginePorts, 'store'>,
  request: { readonly stateMachineVersionArn: string },
): Promise<void> {
  const { stateMachineArn, version } = machineTarget(request.stateMachineVersionArn);
  if (version === null) return;
  const outcome = await store.deleteVersion(stateMachineArn, version);
  if (outcome.kind === 'deleted') return;
  throw new ApiError(
    'ConflictException',
    `Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [${outcome.aliases.join(', ')}]`,
  );
}
