import type { Integration } from '@everstep/engine';
import type { SdkCaller } from '../aws-sdk/sdk-caller.ts';
import { createOptimizedIntegration } from '../optimized.ts';

/**
 * `arn:aws:states:::dynamodb:getItem`, `putItem`, `updateItem` and `deleteItem`.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html
 */
export function createItemIntegration(
  caller: SdkCaller,
  operation: 'getItem' | 'putItem' | 'updateItem' | 'deleteItem',
): Integration {
  const dynamodb = {
    ...{ client: 'dynamodb', prefix: 'DynamoDB', service: 'AmazonDynamoDBv2' },
    exception: 'AmazonDynamoDBException',
  };
  return createOptimizedIntegration(caller, dynamodb, operation);
}
