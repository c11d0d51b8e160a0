import { describe, expect, it } from 'vitest';
import { parseResource } from './resource.ts';

describe('parseResource', () => {
  it.each([
    ['arn:aws:lambda:us-east-1:123456789012:function:f', 'lambda'],
    ['arn:aws:lambda:us-east-1:123456789012:function:f:7', 'lambda'],
    ['arn:aws-cn:lambda:cn-north-1:123456789012:function:f:$LATEST', 'lambda'],
    ['arn:aws:lambda:your-region:your-account-id:function:f', 'lambda'],
    ['arn:aws:states:us-east-1:123456789012:activity:approve', 'activity'],
  ])('%s names a %s', (arn, kind) => {
    expect(parseResource(arn)).toMatchObject({ arn, kind, service: kind, pattern: 'requestResponse', syncVersion: 1 });
  });

  it.each([
    ['arn:aws:states:::lambda:invoke', 'lambda', 'invoke', 'invoke', 'requestResponse', 1],
    [
      'arn:aws:states:::lambda:invoke.waitForTaskToken',
      'lambda',
      'invoke.waitForTaskToken',
      'invoke',
      'waitForTaskToken',
      1,
    ],
    ['arn:aws:states:::states:startExecution.sync', 'states', 'startExecution.sync', 'startExecution', 'sync', 1],
    ['arn:aws:states:::states:startExecution.sync:2', 'states', 'startExecution.sync:2', 'startExecution', 'sync', 2],
    ['arn:aws-us-gov:states:us-gov-west-1::sqs:sendMessage', 'sqs', 'sendMessage', 'sendMessage', 'requestResponse', 1],
    ['arn:aws:states:::aws-sdk:s3:listObjectsV2', 'aws-sdk:s3', 'listObjectsV2', 'listObjectsV2', 'requestResponse', 1],
    [
      'arn:aws:states:::aws-sdk:sfn:x.waitForTaskToken',
      'aws-sdk:sfn',
      'x.waitForTaskToken',
      'x',
      'waitForTaskToken',
      1,
    ],
    ['arn:aws:states:::http:invoke', 'http', 'invoke', 'invoke', 'requestResponse', 1],
    [
      'arn:aws:states:::everstep:approval.waitForTaskToken',
      'everstep',
      'approval.waitForTaskToken',
      'approval',
      'waitForTaskToken',
      1,
    ],
  ])('takes %s apart', (arn, service, action, operation, pattern, syncVersion) => {
    expect(parseResource(arn)).toEqual({ arn, kind: 'integration', service, action, operation, pattern, syncVersion });
  });

  it.each([
    'lambda:invoke',
    'arn:aws:s3:::bucket',
    'arn:aws:lambda:us-east-1:123456789012:layer:f',
    'arn:aws:lambda:us-east-1:123456789012:function:f:1:2',
    'arn:aws:states:us-east-1:123456789012:stateMachine:m',
    'arn:aws:states:::dynamodb:query',
    'arn:aws:states:::lambda:invoke.sync',
    'arn:aws:states:::sqs:sendMessage.sync:2',
    'arn:aws:states:::glue:startJobRun.sync:2',
    'arn:aws:states:::aws-sdk:s3:getObject.sync',
    'arn:aws:states:::aws-sdk:S3:GetObject',
    'arn:aws:states:::constructor:toString',
    'arn:aws:states:::nosuch:thing',
    'arn:aws:states:::lambda:',
  ])('does not know %s', (arn) => {
    expect(parseResource(arn)).toBeNull();
  });
});
