import type { Integration } from '@everstep/engine';
import type { SdkCaller } from '../aws-sdk/sdk-caller.ts';
import { createOptimizedIntegration } from '../optimized.ts';

/**
 * `arn:aws:states:::sns:publish`, and with `.waitForTaskToken`. The message may be JSON.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html
 */
export function createPublishIntegration(caller: SdkCaller): Integration {
  const sns = { client: 'sns', prefix: 'SNS', service: 'AmazonSNS', exception: 'AmazonSNSException' };
  return createOptimizedIntegration(caller, sns, 'publish');
}
