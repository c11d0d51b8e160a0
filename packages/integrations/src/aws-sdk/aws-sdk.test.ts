import type { Json } from '@everstep/language';
import { FaultyServer, type ServerAnswer, type ServerBehaviour, contractRequest } from '@everstep/testkit';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createItemIntegration } from '../dynamodb/items.ts';
import { createPutEventsIntegration } from '../events/put-events.ts';
import { createPublishIntegration } from '../sns/publish.ts';
import { createSendMessageIntegration } from '../sqs/send-message.ts';
import { createAwsSdkIntegration } from './aws-sdk.ts';
import { SdkCaller, type SdkCallerOptions } from './sdk-caller.ts';
import { serviceClassName } from './service-class.ts';

process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';

let server: FaultyServer;
beforeAll(async () => {
  server = await FaultyServer.start();
});
afterAll(() => server.close());

type Create = (caller: SdkCaller) => ReturnType<typeof createAwsSdkIntegration>;

interface Call {
  readonly behaviour: ServerBehaviour;
  readonly options?: Partial<SdkCallerOptions>;
  readonly request?: NonNullable<Parameters<typeof contractRequest>[2]>;
}

async function call(create: Create, resource: string, parameters: Json, { behaviour, options, request }: Call) {
  server.behave(behaviour);
  const caller = new SdkCaller({ region: 'us-east-1', environment: {}, endpoint: server.url, ...options });
  try {
    return await create(caller).perform(contractRequest(resource, parameters, request));
  } finally {
    await caller.close();
  }
}

const json = (body: object, status = 200): ServerAnswer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'r-1' },
  body: JSON.stringify(body),
});

const sent = (): unknown => JSON.parse(server.seen[0]?.body ?? 'null');

describe('aws-sdk:<service>:<action>', () => {
  it('turns JSON into text where the API has text, and leaves out what is null', async () => {
    await call(
      createAwsSdkIntegration,
      'aws-sdk:sfn:startExecution',
      { StateMachineArn: 'arn', Input: { a: [1, null] }, Name: 'n', TraceHeader: null },
      { behaviour: json({ executionArn: 'x', startDate: 1_700_000_000 }) },
    );
    expect(sent()).toEqual({ stateMachineArn: 'arn', input: '{"a":[1,null]}', name: 'n' });
  });

  it('shows names with a capital, times in ISO 8601, and nothing that the service did not say', async () => {
    const outcome = await call(
      createAwsSdkIntegration,
      'aws-sdk:sfn:startExecution',
      { StateMachineArn: 'arn' },
      { behaviour: json({ executionArn: 'x', startDate: 1_700_000_000.5 }) },
    );
    expect(outcome).toEqual({
      type: 'succeeded',
      output: { ExecutionArn: 'x', StartDate: '2023-11-14T22:13:20.500Z' },
    });
  });

  it('shows bytes as text, and as base64 where they are none', async () => {
    const plaintext = (bytes: Buffer) =>
      call(
        createAwsSdkIntegration,
        'aws-sdk:kms:decrypt',
        { CiphertextBlob: 'é' },
        { behaviour: json({ Plaintext: bytes.toString('base64') }) },
      );
    expect(await plaintext(Buffer.from('häh'))).toMatchObject({ output: { Plaintext: 'häh' } });
    expect(sent()).toEqual({ CiphertextBlob: Buffer.from('é').toString('base64') });
    expect(await plaintext(Buffer.from([0xff, 0xfe]))).toMatchObject({ output: { Plaintext: '//4=' } });
  });

  it('names errors as the Java SDK does: those that the API describes, and all others', async () => {
    const put = (type: string) =>
      call(
        createAwsSdkIntegration,
        'aws-sdk:dynamodb:putItem',
        { TableName: 't', Item: {} },
        { behaviour: json({ __type: `com.amazon#${type}`, message: 'no' }, 400) },
      );
    expect(await put('ResourceNotFoundException')).toEqual({
      type: 'failed',
      error: 'DynamoDb.ResourceNotFoundException',
      cause: 'no (Service: DynamoDb, Status Code: 400, Request ID: r-1)',
    });
    expect(await put('ValidationException')).toMatchObject({ error: 'DynamoDb.DynamoDbException' });
  });

  it('counts the attempts of Step Functions itself, as AWS does', async () => {
    const outcome = await call(
      createAwsSdkIntegration,
      'aws-sdk:sfn:stopExecution',
      { ExecutionArn: 'x' },
      { behaviour: json({ __type: 'ExecutionDoesNotExist', message: 'gone' }, 400) },
    );
    expect(outcome).toEqual({
      type: 'failed',
      error: 'Sfn.ExecutionDoesNotExistException',
      cause: 'gone (Service: Sfn, Status Code: 400, Request ID: r-1) (SDK Attempt Count: 1)',
    });
  });

  it('refuses fields that the API does not have, lacks or means otherwise, before anything is sent', async () => {
    const outcome = await call(
      createAwsSdkIntegration,
      'aws-sdk:dynamodb:query',
      { Tablename: 't', Limit: 'many', ExpressionAttributeValues: [] },
      { behaviour: json({}) },
    );
    expect(outcome).toMatchObject({ type: 'failed', error: 'States.Runtime' });
    expect(outcome).toMatchObject({
      cause:
        `The Parameters '{"Tablename":"t","Limit":"many","ExpressionAttributeValues":[]}' could not be used to start the ` +
        "Task: [The field 'Tablename' is not supported by Step Functions, The value for the field 'Limit' must be a NUMBER, " +
        "The value for the field 'ExpressionAttributeValues' must be a MAP, The field 'TableName' is required but was missing]",
    });
    expect(server.seen).toEqual([]);
  });

  it('gives every repetition of an attempt the same key, where the API takes one', async () => {
    const transact = () =>
      call(
        createAwsSdkIntegration,
        'aws-sdk:dynamodb:transactWriteItems',
        { TransactItems: [] },
        { behaviour: json({}) },
      );
    await transact();
    const first = sent();
    await transact();
    expect(first).toMatchObject({ ClientRequestToken: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(sent()).toEqual(first);
  });

  it('starts one execution per attempt, also where the attempt is performed again after that has ended', async () => {
    const machine = 'arn:aws:states:us-east-1:123456789012:stateMachine:m:live';
    const ended: ServerBehaviour = ({ headers, body }) =>
      String(headers['x-amz-target']).endsWith('StartExecution')
        ? json({ __type: 'ExecutionAlreadyExists', message: 'taken' }, 400)
        : json({ executionArn: JSON.parse(body).executionArn, startDate: 1_700_000_000, status: 'SUCCEEDED' });
    const start = (more: object) =>
      call(
        createAwsSdkIntegration,
        'aws-sdk:sfn:startExecution',
        { StateMachineArn: machine, ...more },
        { behaviour: ended },
      );
    expect(await start({})).toEqual({
      type: 'succeeded',
      output: {
        ExecutionArn: expect.stringMatching(/^arn:aws:states:us-east-1:123456789012:execution:m:[0-9a-f-]{36}$/),
        StartDate: '2023-11-14T22:13:20Z',
      },
    });
    expect(await start({ Name: 'mine' })).toMatchObject({ error: 'Sfn.ExecutionAlreadyExistsException' });
  });

  it('tells a way that is broken from a time that is over', async () => {
    const query = (options: Partial<SdkCallerOptions>) =>
      call(createAwsSdkIntegration, 'aws-sdk:dynamodb:query', { TableName: 't' }, { behaviour: {}, options });
    expect(await query({ endpoint: 'http://127.0.0.1:1' })).toEqual({
      type: 'failed',
      error: 'DynamoDb.SdkClientException',
      cause: expect.stringMatching(/^Unable to execute HTTP request: .*ECONNREFUSED/),
    });
    expect(await query({ callTimeoutMs: 200 })).toMatchObject({
      cause: 'Unable to execute HTTP request: Read timed out',
    });
  });

  it('waits for a callback after the request is taken', async () => {
    const outcome = await call(
      createAwsSdkIntegration,
      'aws-sdk:dynamodb:query',
      { TableName: 't' },
      { behaviour: json({ Count: 0 }), request: { pattern: 'waitForTaskToken' } },
    );
    expect(outcome).toEqual({ type: 'submitted', output: { Count: 0 } });
  });

  it('says which client is missing', async () => {
    const missing = { behaviour: json({}), options: { require: createRequire('/nowhere/') } };
    expect(await call(createAwsSdkIntegration, 'aws-sdk:teapot:brew', {}, missing)).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringContaining("needs the AWS SDK's client of 'teapot'"),
    });
    expect(await call(createAwsSdkIntegration, 'aws-sdk:sqs:brew', {}, { behaviour: json({}) })).toMatchObject({
      cause: "The installed AWS SDK's client of 'sqs' has no operation 'brew'.",
    });
  });

  it('knows how AWS spells services', () => {
    const ids = [
      'DynamoDB',
      'SFN',
      'S3',
      'SQS',
      'Secrets Manager',
      'CloudWatch Logs',
      'EC2',
      'API Gateway',
      'EventBridge',
    ];
    expect(ids.map(serviceClassName)).toEqual([
      'DynamoDb',
      'Sfn',
      'S3',
      'Sqs',
      'SecretsManager',
      'CloudWatchLogs',
      'Ec2',
      'ApiGateway',
      'EventBridge',
    ]);
  });
});

describe('Credentials.RoleArn', () => {
  const roleArn = 'arn:aws:iam::123456789012:role/other';
  const query: Call['request'] = { roleArn };

  it('is refused where no STS endpoint is configured', async () => {
    const outcome = await call(
      createAwsSdkIntegration,
      'aws-sdk:dynamodb:query',
      { TableName: 't' },
      {
        behaviour: json({}),
        request: query,
      },
    );
    expect(outcome).toMatchObject({ error: 'States.Runtime', cause: expect.stringContaining('no STS endpoint') });
    expect(server.seen).toEqual([]);
  });

  it('is assumed once, and signs the call', async () => {
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    const assumed =
      '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>' +
      `<SessionToken>session</SessionToken><Expiration>${expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
    const behaviour: ServerBehaviour = ({ body }) =>
      body.includes('AssumeRole') ? { headers: { 'content-type': 'text/xml' }, body: assumed } : json({ Count: 0 });
    const outcome = await call(
      createAwsSdkIntegration,
      'aws-sdk:dynamodb:query',
      { TableName: 't' },
      {
        behaviour,
        options: { environment: { AWS_ENDPOINT_URL_STS: server.url } },
        request: query,
      },
    );
    expect(outcome).toEqual({ type: 'succeeded', output: { Count: 0 } });
    expect(server.seen.map(({ body }) => body.includes(encodeURIComponent(roleArn)))).toEqual([true, false]);
    expect(server.seen[1]?.headers).toMatchObject({
      authorization: expect.stringContaining('Credential=ASIAROLE/'),
      'x-amz-security-token': 'session',
    });
  });

  it('fails as the service does where STS says no', async () => {
    const refused =
      '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not yours</Message></Error></ErrorResponse>';
    const outcome = await call(
      createAwsSdkIntegration,
      'aws-sdk:dynamodb:query',
      { TableName: 't' },
      {
        behaviour: { status: 403, headers: { 'content-type': 'text/xml' }, body: refused },
        options: { environment: { AWS_ENDPOINT_URL_STS: server.url } },
        request: query,
      },
    );
    expect(outcome).toMatchObject({ type: 'failed', cause: expect.stringContaining('not yours') });
    expect(server.seen.length).toBe(1);
  });
});

describe('optimised integrations', () => {
  it('send a message to the queue of its URL at the service’s own endpoint, once per attempt on FIFO queues', async () => {
    const outcome = await call(
      createSendMessageIntegration,
      'sqs:sendMessage',
      { QueueUrl: 'http://elsewhere.invalid/1/q.fifo', MessageBody: { a: 1 }, MessageGroupId: 'g' },
      {
        behaviour: json({ MessageId: 'm', MD5OfMessageBody: 'bb6cb5c68df4652941caf652a366f2d8' }),
        request: { pattern: 'waitForTaskToken' },
      },
    );
    expect(sent()).toEqual({
      QueueUrl: 'http://elsewhere.invalid/1/q.fifo',
      MessageBody: '{"a":1}',
      MessageGroupId: 'g',
      MessageDeduplicationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(outcome).toMatchObject({
      type: 'submitted',
      output: { MessageId: 'm', SdkHttpMetadata: { HttpHeaders: { 'x-amzn-RequestId': 'r-1' } } },
    });
  });

  it('name errors in the words of the first Java SDK', async () => {
    const refused = (code: string): ServerAnswer => ({
      status: 400,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': 'r-2' },
      body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>bad</Message></Error><RequestId>r-2</RequestId></ErrorResponse>`,
    });
    const publish = (code: string) =>
      call(createPublishIntegration, 'sns:publish', { TopicArn: 't', Message: { a: 1 } }, { behaviour: refused(code) });
    expect(await publish('InvalidParameter')).toEqual({
      type: 'failed',
      error: 'SNS.InvalidParameterException',
      cause: 'bad (Service: AmazonSNS; Status Code: 400; Error Code: InvalidParameter; Request ID: r-2; Proxy: null)',
    });
    expect(await publish('Strange')).toMatchObject({ error: 'SNS.AmazonSNSException' });
    expect(new URLSearchParams(server.seen[0]?.body).get('Message')).toBe('{"a":1}');
  });

  it('keep numbers of items by their text', async () => {
    const outcome = await call(
      (caller) => createItemIntegration(caller, 'getItem'),
      'dynamodb:getItem',
      { TableName: 't', Key: { id: { N: '12345678901234567890' } } },
      { behaviour: json({ Item: { id: { N: '1.0' } } }) },
    );
    expect(outcome).toMatchObject({
      output: { Item: { id: { N: '1.0' } }, SdkResponseMetadata: { RequestId: 'r-1' } },
    });
  });

  it('put events that name the execution, and fail where one is not accepted', async () => {
    const answer = { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'no' }] };
    const outcome = await call(
      createPutEventsIntegration,
      'events:putEvents',
      { Entries: [{ Source: 's', DetailType: 'd', Detail: { a: 1 }, Resources: ['mine'] }] },
      { behaviour: json(answer) },
    );
    expect(sent()).toMatchObject({
      Entries: [
        { Detail: '{"a":1}', Resources: ['mine', expect.stringMatching(/:stateMachine:m$/), expect.any(String)] },
      ],
    });
    expect(outcome).toMatchObject({ type: 'failed', error: 'EventBridge.FailedEntry' });
    expect(outcome.type === 'failed' ? JSON.parse(outcome.cause) : null).toEqual(answer);
  });
});
