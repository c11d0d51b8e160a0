import type { Integration } from '@everstep/engine';
import type { SdkCaller } from '../aws-sdk/sdk-caller.ts';
import { createOptimizedIntegration } from '../optimized.ts';

/**
 * `arn:aws:states:::sqs:sendMessage`, and with `.waitForTaskToken`. The message may be JSON.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html
 */
export function createSendMessageIntegration(caller: SdkCaller): Integration {
  const sqs = { client: 'sqs', prefix: 'SQS', service: 'AmazonSQS', exception: 'AmazonSQSException' };
  return createOptimizedIntegration(caller, sqs, 'sendMessage');
}
