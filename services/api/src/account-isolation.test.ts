import {
  CreateActivityCommand,
  CreateStateMachineAliasCommand,
  CreateStateMachineCommand,
  ListActivitiesCommand,
  ListStateMachinesCommand,
  type SFNClient,
  SendTaskSuccessCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { formatTaskToken } from '@everstep/language';
import { AWS_OPERATIONS } from '@everstep/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ApiBench,
  DEFINITION,
  PREFIX,
  ROLE,
  type SdkCredentials,
  sfnClient,
  startApiBench,
} from './testing/api-bench.ts';
import { call } from './testing/signing.ts';

const THEIRS = '999999999999';
let bench: ApiBench;
let owner: SFNClient;
let stranger: SFNClient;
let strangerKey: SdkCredentials;

/** The owner's account has one of everything, under the same names as the ARNs below. */
beforeAll(async () => {
  bench = await startApiBench({ secured: true, activityPollMs: 10 });
  owner = sfnClient(bench.server.url, { credentials: await bench.credentials() });
  strangerKey = await bench.credentials({ accountId: THEIRS, userName: 'eve' });
  stranger = sfnClient(bench.server.url, { credentials: strangerKey });
  const machine = { name: 'orders', definition: DEFINITION, roleArn: ROLE, publish: true };
  const { stateMachineVersionArn } = await owner.send(new CreateStateMachineCommand(machine));
  const routingConfiguration = [{ stateMachineVersionArn, weight: 100 }];
  await owner.send(new CreateStateMachineAliasCommand({ name: 'PROD', routingConfiguration }));
  await owner.send(new StartExecutionCommand({ stateMachineArn: `${PREFIX}:stateMachine:orders`, name: 'one' }));
  await owner.send(new CreateActivityCommand({ name: 'pack' }));
});
afterAll(async () => {
  owner.destroy();
  stranger.destroy();
  await bench.close();
});

const MACHINE = `${PREFIX}:stateMachine:orders`;
const EXECUTION = `${PREFIX}:execution:orders:one`;
const ACTIVITY = `${PREFIX}:activity:pack`;
const MAP_RUN = `${PREFIX}:mapRun:orders/label:8f1d2b1e-6d7a-4a52-9d0b-1f6f0b6c8a11`;

/** Every operation that names a resource, with the owner's. */
const REQUESTS: Readonly<Record<string, object>> = {
  CreateStateMachineAlias: {
    name: 'MINE',
    routingConfiguration: [{ stateMachineVersionArn: `${MACHINE}:1`, weight: 100 }],
  },
  DeleteActivity: { activityArn: ACTIVITY },
  DeleteStateMachine: { stateMachineArn: MACHINE },
  DeleteStateMachineAlias: { stateMachineAliasArn: `${MACHINE}:PROD` },
  DeleteStateMachineVersion: { stateMachineVersionArn: `${MACHINE}:1` },
  DescribeActivity: { activityArn: ACTIVITY },
  DescribeExecution: { executionArn: EXECUTION },
  DescribeMapRun: { mapRunArn: MAP_RUN },
  DescribeStateMachine: { stateMachineArn: MACHINE },
  DescribeStateMachineAlias: { stateMachineAliasArn: `${MACHINE}:PROD` },
  DescribeStateMachineForExecution: { executionArn: EXECUTION },
  GetActivityTask: { activityArn: ACTIVITY },
  GetExecutionHistory: { executionArn: EXECUTION },
  ListExecutions: { stateMachineArn: MACHINE },
  ListMapRuns: { executionArn: EXECUTION },
  ListStateMachineAliases: { stateMachineArn: MACHINE },
  ListStateMachineVersions: { stateMachineArn: MACHINE },
  ListTagsForResource: { resourceArn: MACHINE },
  PublishStateMachineVersion: { stateMachineArn: MACHINE },
  RedriveExecution: { executionArn: EXECUTION },
  StartExecution: { stateMachineArn: MACHINE, name: 'two' },
  StartSyncExecution: { stateMachineArn: MACHINE },
  StopExecution: { executionArn: EXECUTION },
  TagResource: { resourceArn: MACHINE, tags: [{ key: 'k', value: 'v' }] },
  UntagResource: { resourceArn: MACHINE, tagKeys: ['k'] },
  UpdateMapRun: { mapRunArn: MAP_RUN, maxConcurrency: 1 },
  UpdateStateMachine: { stateMachineArn: MACHINE, definition: DEFINITION },
  UpdateStateMachineAlias: { stateMachineAliasArn: `${MACHINE}:PROD`, description: 'mine now' },
};

/** What the stranger is answered, with every account number made the same. */
async function answerTo(operation: string, body: string, service?: string): Promise<[status: number, answer: string]> {
  const prefix = service === undefined ? {} : { service };
  const answer = await call({ url: bench.server.url, credentials: strangerKey, operation, body, ...prefix });
  return [answer.status, answer.text.replaceAll('123456789012', '#').replaceAll(THEIRS, '#')];
}

describe('what lies in another account', () => {
  it('is answered by an operation of our own as what does not exist', async () => {
    const ask = (accountId: string): Promise<[number, string]> => {
      const stateMachineArn = MACHINE.replace('123456789012', accountId);
      return answerTo('ListTasks', JSON.stringify({ stateMachineArn }), 'Everstep');
    };
    const missing = await ask(THEIRS);
    expect(missing[0]).toBe(400);
    expect(await ask('123456789012')).toEqual(missing);
    expect(await answerTo('ListTasks', '{}', 'Everstep')).toEqual([200, '{"tasks":[]}']);
  });

  it('is known here for every operation that names something', () => {
    const others = [
      'CreateActivity',
      'CreateStateMachine',
      'ListActivities',
      'ListStateMachines',
      'TestState',
      'ValidateStateMachineDefinition',
    ];
    const callbacks = ['SendTaskFailure', 'SendTaskHeartbeat', 'SendTaskSuccess'];
    expect([...Object.keys(REQUESTS), ...others, ...callbacks].sort()).toEqual([...AWS_OPERATIONS].sort());
  });

  it.each(Object.entries(REQUESTS))('is answered by %s as what does not exist', async (operation, request) => {
    const body = JSON.stringify(request);
    const missing = await answerTo(operation, body.replaceAll('123456789012', THEIRS));
    expect(await answerTo(operation, body)).toEqual(missing);
  });

  it('is untouched by all that', async () => {
    const { stateMachines } = await owner.send(new ListStateMachinesCommand({}));
    const { activities } = await owner.send(new ListActivitiesCommand({}));
    expect([stateMachines?.length, activities?.length]).toEqual([1, 1]);
    const execution = await bench.context.store.findExecutionByArn(EXECUTION);
    expect(execution?.status).toBe('RUNNING');
  });

  it('is not listed, and its names are free', async () => {
    const { stateMachines } = await stranger.send(new ListStateMachinesCommand({}));
    expect(stateMachines).toEqual([]);
    const made = await stranger.send(new CreateActivityCommand({ name: 'pack' }));
    expect(made.activityArn).toBe(ACTIVITY.replace('123456789012', THEIRS));
    const { activities } = await stranger.send(new ListActivitiesCommand({}));
    expect(activities?.map(({ activityArn }) => activityArn)).toEqual([made.activityArn]);
  });

  it('takes no callback, whoever has the token', async () => {
    const execution = await bench.context.store.findExecutionByArn(EXECUTION);
    const executionId = execution?.executionId ?? '';
    const taskToken = formatTaskToken(executionId, 7, await bench.context.taskTokens.keyOf(executionId));
    const answer = (client: SFNClient) => client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
    // The owner's is known to be over; the stranger's is none.
    await expect(answer(owner)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await expect(answer(stranger)).rejects.toMatchObject({
      name: 'InvalidToken',
      message: "Invalid Token: 'Invalid token'",
    });
  });

  it('does not give its pages to others', async () => {
    for (const name of ['a', 'b', 'c']) await owner.send(new CreateActivityCommand({ name }));
    const { nextToken } = await owner.send(new ListActivitiesCommand({ maxResults: 1 }));
    await owner.send(new ListActivitiesCommand({ maxResults: 1, nextToken }));
    const refused = stranger.send(new ListActivitiesCommand({ maxResults: 1, nextToken }));
    await expect(refused).rejects.toMatchObject({ name: 'InvalidToken' });
  });
});
