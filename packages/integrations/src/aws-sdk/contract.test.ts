import { describeIntegrationContract, type IntegrationContract, type ServerAnswer } from '@everstep/testkit';
import { createItemIntegration } from '../dynamodb/items.ts';
import { createPutEventsIntegration } from '../events/put-events.ts';
import { createJobServiceIntegration } from '../jobs/job-services.ts';
import { createLambdaInvokeIntegration } from '../lambda/invoke.ts';
import { createRemoteFunctions } from '../lambda/remote-functions.ts';
import { createPublishIntegration } from '../sns/publish.ts';
import { createSendMessageIntegration } from '../sqs/send-message.ts';
import { createAwsSdkIntegration } from './aws-sdk.ts';
import { SdkCaller } from './sdk-caller.ts';

process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';

type Create = (caller: SdkCaller) => ReturnType<typeof createAwsSdkIntegration>;

function opened(create: Create): IntegrationContract['open'] {
  return (endpoint, callTimeoutMs) => {
    const caller = new SdkCaller({ region: 'us-east-1', environment: {}, endpoint, callTimeoutMs });
    return { integration: create(caller), close: () => caller.close() };
  };
}

function required<Value>(value: Value | null): Value {
  if (value === null) throw new Error('the service is known');
  return value;
}

const json = (body: object): ServerAnswer => ({
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: JSON.stringify(body),
});

/** By the names of the Java SDKs: `prefix` of the error, and the exception of what the API does not describe. */
function errors(prefix: string, exception: string, throttled = exception): IntegrationContract['errors'] {
  return {
    failed: new RegExp(`^${prefix}\\.${exception}$`),
    throttled: new RegExp(`^${prefix}\\.${throttled}$`),
    unreachable: new RegExp(`^${prefix}\\.SdkClientException$`),
  };
}

const contracts: readonly IntegrationContract[] = [
  {
    name: 'sqs:sendMessage',
    resource: 'sqs:sendMessage',
    parameters: { QueueUrl: 'http://127.0.0.1:1/1/q', MessageBody: { a: 1 } },
    open: opened(createSendMessageIntegration),
    healthy: {
      behaviour: json({ MessageId: 'm', MD5OfMessageBody: 'bb6cb5c68df4652941caf652a366f2d8' }),
      output: { MessageId: 'm', SdkHttpMetadata: { HttpStatusCode: 200 } },
    },
    errors: errors('SQS', 'AmazonSQSException'),
  },
  {
    name: 'sns:publish',
    resource: 'sns:publish',
    parameters: { TopicArn: 'arn:aws:sns:us-east-1:1:t', Message: 'hello' },
    open: opened(createPublishIntegration),
    healthy: {
      behaviour: {
        headers: { 'content-type': 'text/xml' },
        body: '<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>',
      },
      output: { MessageId: 'm' },
    },
    errors: errors('SNS', 'AmazonSNSException'),
  },
  {
    name: 'dynamodb:getItem',
    resource: 'dynamodb:getItem',
    parameters: { TableName: 't', Key: { id: { S: '1' } } },
    open: opened((caller) => createItemIntegration(caller, 'getItem')),
    healthy: {
      behaviour: json({ Item: { id: { S: '1' }, n: { N: '1.0' } } }),
      output: { Item: { id: { S: '1' }, n: { N: '1.0' } } },
    },
    errors: errors('DynamoDB', 'AmazonDynamoDBException'),
  },
  {
    name: 'events:putEvents',
    resource: 'events:putEvents',
    parameters: { Entries: [{ Source: 's', DetailType: 'd', Detail: { a: 1 } }] },
    open: opened(createPutEventsIntegration),
    healthy: {
      behaviour: json({ Entries: [{ EventId: 'e' }], FailedEntryCount: 0 }),
      output: { Entries: [{ EventId: 'e' }], FailedEntryCount: 0 },
    },
    errors: errors('EventBridge', 'AmazonEventBridgeException'),
  },
  {
    name: 'lambda:invoke',
    resource: 'lambda:invoke',
    parameters: { FunctionName: 'f', Payload: {} },
    open: (endpoint, callTimeoutMs) => {
      const functions = createRemoteFunctions({ region: 'us-east-1', endpoint, callTimeoutMs });
      return { integration: createLambdaInvokeIntegration(functions), close: () => functions.close() };
    },
    healthy: { behaviour: { body: '{"a":1.0}' }, output: { StatusCode: 200 } },
    errors: { failed: /^Lambda\./, throttled: /^Lambda\.TooManyRequestsException|^Lambda\./, unreachable: /^Lambda\./ },
  },
  {
    name: 'ecs:runTask',
    resource: 'ecs:runTask',
    parameters: { TaskDefinition: 'resize', Cluster: 'c' },
    open: opened((caller) => required(createJobServiceIntegration(caller, 'ecs', 'runTask'))),
    healthy: {
      behaviour: json({ tasks: [{ taskArn: 'arn', createdAt: 1_700_000_000 }], failures: [] }),
      output: { Tasks: [{ TaskArn: 'arn', CreatedAt: '2023-11-14T22:13:20Z' }], Failures: [] },
    },
    errors: errors('ECS', 'AmazonECSException'),
  },
  {
    name: 'aws-sdk:dynamodb',
    resource: 'aws-sdk:dynamodb:query',
    parameters: { TableName: 't' },
    open: opened(createAwsSdkIntegration),
    healthy: { behaviour: json({ Count: 0, Items: [] }), output: { Count: 0, Items: [] } },
    errors: errors('DynamoDb', 'DynamoDbException'),
  },
  {
    name: 'aws-sdk:s3',
    resource: 'aws-sdk:s3:getObject',
    parameters: { Bucket: 'b', Key: 'k' },
    open: opened(createAwsSdkIntegration),
    healthy: {
      behaviour: { headers: { 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT', 'content-length': '4' }, body: 'text' },
      output: { Body: 'text', ContentLength: 4, LastModified: '2015-10-21T07:28:00Z' },
    },
    errors: errors('S3', 'S3Exception'),
  },
];

for (const contract of contracts) describeIntegrationContract(contract);
