import {
  CreateActivityCommand,
  CreateStateMachineCommand,
  type CreateStateMachineInput,
  DescribeActivityCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  type EncryptionConfiguration,
  GetActivityTaskCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { TestEncryptionKeys } from '@everstep/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, PREFIX, ROLE, startApiBench } from '../testing/api-bench.ts';

let keys: TestEncryptionKeys;
let keyId: string;
let bench: ApiBench;
beforeEach(async () => {
  keys = new TestEncryptionKeys();
  keyId = keys.create('orders');
  bench = await startApiBench({ worker: true, encryptionKeys: keys });
});
afterEach(() => bench.close());

const MACHINE = `${PREFIX}:stateMachine:orders`;
const ACTIVITY = `${PREFIX}:activity:pack`;
const PASS = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Pass', End: true } } });
const OWN: EncryptionConfiguration = { type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId: 'alias/orders' };
const WORK = JSON.stringify({
  StartAt: 'Pack',
  States: { Pack: { Type: 'Task', Resource: ACTIVITY, End: true } },
});

const create = (change: Partial<CreateStateMachineInput> = {}) =>
  bench.client.send(
    new CreateStateMachineCommand({
      ...{ name: 'orders', definition: PASS, roleArn: ROLE, encryptionConfiguration: OWN },
      ...change,
    }),
  );
const start = async (change: { name?: string; input?: string } = {}) =>
  (await bench.client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, ...change }))).executionArn ?? '';
const describeExecution = (executionArn: string, metadata = false) =>
  bench.client.send(
    new DescribeExecutionCommand({ executionArn, ...(metadata ? { includedData: 'METADATA_ONLY' } : {}) }),
  );
const ended = (executionArn: string, status: string) =>
  expect.poll(async () => (await describeExecution(executionArn, true)).status, { timeout: 10_000 }).toBe(status);
const take = () => bench.client.send(new GetActivityTaskCommand({ activityArn: ACTIVITY }));

const DENIED = expect.objectContaining({ name: 'KmsAccessDeniedException' });
const DISABLED = expect.objectContaining({ name: 'KmsInvalidStateException', kmsKeyState: 'DISABLED' });
const INVALID = expect.objectContaining({ name: 'InvalidEncryptionConfiguration' });

describe('encryptionConfiguration', () => {
  it('keeps histories out of the figures of states while the key is not there, which say so', async () => {
    await create();
    await ended(await start(), 'SUCCEEDED');
    const figures = async () => JSON.parse((await bench.post('Everstep.GetStateFigures', '{}')).text);
    keys.setState(keyId, 'DISABLED');
    expect(await figures()).toMatchObject({ executions: 1, notRead: 1, slowest: [] });
    keys.setState(keyId, 'ENABLED');
    bench.shiftTime(10_001);
    expect(await figures()).toMatchObject({ executions: 1, notRead: 0, slowest: [{ stateName: 'Done', visits: 1 }] });
  });

  it('keeps inputs out of searches, which say so', async () => {
    await create();
    await start({ name: 'sealed', input: '{"orderId":42}' });
    const { text } = await bench.post('Everstep.SearchExecutions', '{"inputFilter":"orderId = 42"}');
    expect(JSON.parse(text)).toEqual({ executions: [], notSearched: 1 });
    expect(JSON.parse((await bench.post('Everstep.SearchExecutions', '{}')).text).executions).toHaveLength(1);
  });

  it('is kept and shown, with AWS’s period where none was named', async () => {
    await create();
    const described = await bench.client.send(new DescribeStateMachineCommand({ stateMachineArn: MACHINE }));
    const shown = { ...OWN, kmsDataKeyReusePeriodSeconds: 300 };
    expect(described).toMatchObject({ definition: PASS, encryptionConfiguration: shown });
    await create({ encryptionConfiguration: shown });
    const executionArn = await start();
    expect(await bench.client.send(new DescribeStateMachineForExecutionCommand({ executionArn }))).toMatchObject({
      definition: PASS,
      encryptionConfiguration: shown,
    });
    const other = { ...OWN, kmsKeyId: keyId, kmsDataKeyReusePeriodSeconds: 60 };
    await expect(create({ encryptionConfiguration: other })).rejects.toEqual(
      expect.objectContaining({ name: 'StateMachineAlreadyExists' }),
    );
  });

  it('of an activity does not change', async () => {
    const createActivity = (encryptionConfiguration?: EncryptionConfiguration) =>
      bench.client.send(
        new CreateActivityCommand({
          name: 'pack',
          ...(encryptionConfiguration === undefined ? {} : { encryptionConfiguration }),
        }),
      );
    await createActivity(OWN);
    await createActivity(OWN);
    expect(await bench.client.send(new DescribeActivityCommand({ activityArn: ACTIVITY }))).toMatchObject({
      encryptionConfiguration: { ...OWN, kmsDataKeyReusePeriodSeconds: 300 },
    });
    const taken = expect.objectContaining({ name: 'ActivityAlreadyExists' });
    await expect(createActivity()).rejects.toEqual(taken);
    await expect(createActivity({ type: 'AWS_OWNED_KEY' })).rejects.toEqual(taken);
  });

  it('is refused without a key, with one that is unknown, and with one that is disabled', async () => {
    const type = 'CUSTOMER_MANAGED_KMS_KEY';
    await expect(create({ encryptionConfiguration: { type } })).rejects.toEqual(INVALID);
    const arn = `arn:aws:kms:us-east-1:210987654321:key/${keys.create('theirs', '210987654321')}`;
    for (const kmsKeyId of ['alias/other', 'orders', arn]) {
      await expect(create({ encryptionConfiguration: { type, kmsKeyId } })).rejects.toEqual(DENIED);
    }
    const outOfRange = { type, kmsKeyId: keyId, kmsDataKeyReusePeriodSeconds: 59 } as const;
    await expect(create({ encryptionConfiguration: outOfRange })).rejects.toEqual(
      expect.objectContaining({ name: 'ValidationException' }),
    );
    keys.setState(keyId, 'DISABLED');
    await expect(create()).rejects.toEqual(INVALID);
  });
});

describe('an encrypted execution', () => {
  it('runs, is read, and is found by its name and input', async () => {
    await create({ definition: WORK });
    await bench.client.send(new CreateActivityCommand({ name: 'pack', encryptionConfiguration: OWN }));
    const input = '{"card":4111}';
    const executionArn = await start({ name: 'one', input });
    expect(await start({ name: 'one', input })).toBe(executionArn);
    await expect(start({ name: 'one', input: '{"card":4112}' })).rejects.toEqual(
      expect.objectContaining({ name: 'ExecutionAlreadyExists' }),
    );
    keys.rotate(keyId);
    const task = await take();
    expect(task.input).toBe(input);
    await bench.client.send(new SendTaskSuccessCommand({ taskToken: task.taskToken, output: '"packed"' }));
    await ended(executionArn, 'SUCCEEDED');
    expect(await describeExecution(executionArn)).toMatchObject({ input, output: '"packed"' });
    const { events = [] } = await bench.client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events.map((event) => event.id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(events[0]?.executionStartedEventDetails?.input).toBe(input);
    const reverse = { executionArn, reverseOrder: true, maxResults: 3 };
    const back = await bench.client.send(new GetExecutionHistoryCommand(reverse));
    expect(back.events?.map((event) => event.id)).toEqual([7, 6, 5]);
    const further = { ...reverse, nextToken: back.nextToken };
    const rest = await bench.client.send(new GetExecutionHistoryCommand(further));
    expect(rest.events?.map((event) => event.id)).toEqual([4, 3, 2]);
  });

  it('of an Express machine runs in both ways', async () => {
    await create({ type: 'EXPRESS' });
    const sync = { stateMachineArn: MACHINE, input: '{"a":1}' };
    expect(await bench.client.send(new StartSyncExecutionCommand(sync))).toMatchObject({
      status: 'SUCCEEDED',
      output: '{"a":1}',
    });
    expect(await start()).toMatch(/:express:orders:/);
    keys.setState(keyId, 'DISABLED');
    await expect(bench.client.send(new StartSyncExecutionCommand(sync))).rejects.toEqual(DISABLED);
  });

  it('fails when its key is disabled, and shows nothing but that until the key is enabled', async () => {
    await create({ definition: WORK });
    await bench.client.send(new CreateActivityCommand({ name: 'pack' }));
    const executionArn = await start({ input: '{"card":4111}' });
    const task = await take();
    keys.setState(keyId, 'DISABLED');
    const output = new SendTaskSuccessCommand({ taskToken: task.taskToken, output: '"packed"' });
    await expect(bench.client.send(output)).rejects.toEqual(DISABLED);
    await expect(describeExecution(executionArn)).rejects.toEqual(DISABLED);
    await expect(bench.client.send(new GetExecutionHistoryCommand({ executionArn }))).rejects.toEqual(DISABLED);
    await expect(start()).rejects.toEqual(DISABLED);
    await expect(bench.client.send(new StopExecutionCommand({ executionArn }))).rejects.toEqual(DISABLED);
    const described = { stateMachineArn: MACHINE };
    await expect(bench.client.send(new DescribeStateMachineCommand(described))).rejects.toEqual(DISABLED);
    const metadata = new DescribeStateMachineCommand({ ...described, includedData: 'METADATA_ONLY' });
    expect(await bench.client.send(metadata)).toMatchObject({ definition: '{}' });
    const { executions } = await bench.client.send(new ListExecutionsCommand(described));
    expect(executions).toMatchObject([{ status: 'RUNNING' }]);

    const { executionId = '' } = (await bench.context.store.findExecutionByArn(executionArn)) ?? {};
    bench.context.hints.send([executionId]);
    await ended(executionArn, 'FAILED');
    keys.setState(keyId, 'ENABLED');
    expect(await describeExecution(executionArn)).toMatchObject({
      input: '{"card":4111}',
      error: 'States.Runtime',
      cause: expect.stringContaining(`The KMS key '${keyId}' is disabled.`),
    });
    const { events = [] } = await bench.client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)?.type).toBe('ExecutionFailed');
  });

  it('keeps its key where the machine gets another; the machine leaves a disabled one', async () => {
    await create({ definition: WORK });
    await bench.client.send(new CreateActivityCommand({ name: 'pack' }));
    const executionArn = await start({ input: '{"card":4111}' });
    const other = keys.create('later');
    const update = (change: { definition?: string; encryptionConfiguration: EncryptionConfiguration }) =>
      bench.client.send(new UpdateStateMachineCommand({ stateMachineArn: MACHINE, ...change }));
    await update({ encryptionConfiguration: { ...OWN, kmsKeyId: other } });
    keys.setState(other, 'DISABLED');
    expect(await describeExecution(executionArn)).toMatchObject({ input: '{"card":4111}' });
    await expect(start()).rejects.toEqual(DISABLED);
    await expect(update({ encryptionConfiguration: { type: 'AWS_OWNED_KEY' } })).rejects.toEqual(DISABLED);
    await update({ definition: PASS, encryptionConfiguration: { type: 'AWS_OWNED_KEY' } });
    await ended(await start(), 'SUCCEEDED');
  });
});
