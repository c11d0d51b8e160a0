import type { EnginePorts } from '../context.ts';

/**
 * Deleting an activity that does not exist succeeds, as it does in AWS. Tasks that wait on it keep waiting for their
 * time-outs.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteActivity.html
 */
export async function deleteActivity(
  context: Pick<EnginePorts, 'store'>,
  request: { readonly activityArn: string },
): Promise<void> {
  await context.store.deleteActivity(request.activityArn);
}
