import type { Integration, TaskOutcome, TaskRequest } from '@everstep/engine';
import type { SdkCaller } from './sdk-caller.ts';
import type { SdkRefusal } from './sdk-refusal.ts';
import { serviceClassName } from './service-class.ts';
import { startedBefore } from './started-before.ts';

export const AWS_SDK = 'aws-sdk:';

/**
 * `arn:aws:states:::aws-sdk:<service>:<action>`: any operation of any service whose client is installed. Errors have the
 * names and texts of AWS's Java SDK, version 2.
 * https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
 */
export function createAwsSdkIntegration(caller: SdkCaller): Integration {
  return {
    async perform(request: TaskRequest): Promise<TaskOutcome> {
      const { resource } = request;
      const first = await caller.call(request, resource.service.slice(AWS_SDK.length), resource.operation);
      const called = await startedBefore(caller, request, first);
      switch (called.type) {
        case 'failed':
          return called.outcome;
        case 'refused':
          return refused(called.refusal);
        case 'answered':
          return { type: resource.pattern === 'requestResponse' ? 'succeeded' : 'submitted', output: called.output };
      }
    },
  };
}

function refused(refusal: SdkRefusal): TaskOutcome {
  const service = serviceClassName(refusal.serviceId);
  const { message, statusCode } = refusal;
  if (statusCode === null) {
    return { type: 'failed', error: `${service}.SdkClientException`, cause: message };
  }
  const error = `${service}.${refusal.exception ?? `${service}Exception`}`;
  return { type: 'failed', error, cause: sdkErrorText(service, { ...refusal, statusCode }) };
}

/** The text that the Java SDK, version 2, gives a refused call. Step Functions' own client counts its attempts. */
export function sdkErrorText(
  service: string,
  refusal: Pick<SdkRefusal, 'message' | 'requestId' | 'extendedRequestId'> & { readonly statusCode: number },
): string {
  const { message, statusCode, requestId, extendedRequestId } = refusal;
  const extended = extendedRequestId === null ? '' : `, Extended Request ID: ${extendedRequestId}`;
  const attempts = service === 'Sfn' ? ' (SDK Attempt Count: 1)' : '';
  return `${message} (Service: ${service}, Status Code: ${statusCode}, Request ID: ${requestId}${extended})${attempts}`;
}
