import {
  CreateActivityCommand,
  CreateStateMachineCommand,
  DeleteActivityCommand,
  DescribeActivityCommand,
  GetActivityTaskCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  paginateListActivities,
} from '@aws-sdk/client-sfn';
import type { OpenToken } from '@everstep/engine';
import { formatTaskToken } from '@everstep/language';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, DEFINITION, PREFIX, ROLE, startApiBench } from '../testing/api-bench.ts';

let bench: ApiBench;
const PACK = `${PREFIX}:activity:pack`;
const ORDERS = `${PREFIX}:stateMachine:orders`;

beforeEach(async () => {
  bench = await startApiBench({ activityPollMs: 30 });
});
afterEach(() => bench.close());

const named = (name: string, message?: string) =>
  expect.objectContaining({ name, ...(message === undefined ? {} : { message }) });

describe('activities', () => {
  it('are created, described, listed and deleted', async () => {
    const created = await bench.client.send(new CreateActivityCommand({ name: 'pack' }));
    expect(created.activityArn).toBe(PACK);
    const again = await bench.client.send(new CreateActivityCommand({ name: 'pack' }));
    expect(again.creationDate).toEqual(created.creationDate);
    const { $metadata: _metadata, ...described } = await bench.client.send(
      new DescribeActivityCommand({ activityArn: PACK }),
    );
    expect(described).toEqual({
      activityArn: PACK,
      name: 'pack',
      creationDate: created.creationDate,
      encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
    });
    for (const name of ['ship', 'bill']) await bench.client.send(new CreateActivityCommand({ name }));
    const pages: (string | undefined)[][] = [];
    for await (const page of paginateListActivities({ client: bench.client, pageSize: 2 }, {})) {
      pages.push((page.activities ?? []).map((activity) => activity.name));
    }
    expect(pages).toEqual([['bill', 'pack'], ['ship']]);
    await bench.client.send(new DeleteActivityCommand({ activityArn: PACK }));
    await bench.client.send(new DeleteActivityCommand({ activityArn: PACK }));
    await expect(bench.client.send(new DescribeActivityCommand({ activityArn: PACK }))).rejects.toEqual(
      named('ActivityDoesNotExist', `Activity Does Not Exist: '${PACK}'`),
    );
  });

  it('let so many poll at once, and no more', async () => {
    const few = await startApiBench({ activityPollMs: 60_000, settings: { maxActivityPollers: 1 } });
    try {
      const { activityArn } = await few.client.send(new CreateActivityCommand({ name: 'pack' }));
      const gone = new AbortController();
      const poll = new GetActivityTaskCommand({ activityArn });
      const waiting = few.client.send(poll, { abortSignal: gone.signal }).catch((error: unknown) => error);
      await expect.poll(() => few.context.activityDesks.waiting(activityArn ?? '')).toBe(1);
      await expect(few.client.send(poll)).rejects.toEqual(named('ActivityWorkerLimitExceeded'));
      gone.abort();
      expect(await waiting).toMatchObject({ name: 'AbortError' });
      await expect.poll(() => few.context.activityDesks.waiting(activityArn ?? '')).toBe(0);
    } finally {
      await few.close();
    }
  });

  it('are refused in AWS’s words', async () => {
    await expect(bench.client.send(new CreateActivityCommand({ name: '\u0000activity' }))).rejects.toEqual(
      named('InvalidName', "Invalid Name: '\u0000activity'"),
    );
    await expect(bench.client.send(new DescribeActivityCommand({ activityArn: 'no_an_activity_arn' }))).rejects.toEqual(
      named('InvalidArn', "Invalid Arn: 'Invalid ARN prefix: no_an_activity_arn'"),
    );
    await expect(bench.client.send(new DeleteActivityCommand({ activityArn: ORDERS }))).rejects.toEqual(
      named('InvalidArn'),
    );
    await expect(bench.client.send(new GetActivityTaskCommand({ activityArn: PACK }))).rejects.toEqual(
      named('ActivityDoesNotExist', `Activity Does Not Exist: '${PACK}'`),
    );
  });
});

/** An execution with one open token, as a worker would have committed it. */
async function openTask(change: Partial<OpenToken> = {}): Promise<{ executionArn: string; taskToken: string }> {
  await bench.client.send(new CreateStateMachineCommand({ name: 'orders', definition: DEFINITION, roleArn: ROLE }));
  const { executionArn = '' } = await bench.client.send(new StartExecutionCommand({ stateMachineArn: ORDERS }));
  const execution = await bench.context.store.findExecutionByArn(executionArn);
  const executionId = execution?.executionId ?? '';
  await bench.advance(executionArn, {
    tokens: [
      {
        taskId: 5,
        kind: 'callback',
        activityArn: null,
        input: null,
        stateName: 'Ask',
        timeoutAt: null,
        timeoutSeconds: null,
        heartbeatSeconds: null,
        ...change,
      },
    ],
  });
  const taskToken = formatTaskToken(executionId, 5, await bench.context.taskTokens.keyOf(executionId));
  return { executionArn, taskToken };
}

const ACTIVITY_TASK = { kind: 'activity', activityArn: PACK, input: '{"box":1}' } as const;

describe('GetActivityTask', () => {
  it('answers no task when none comes in time', async () => {
    await bench.client.send(new CreateActivityCommand({ name: 'pack' }));
    const task = await bench.client.send(new GetActivityTaskCommand({ activityArn: PACK, workerName: 'w' }));
    expect(task.taskToken ?? null).toBeNull();
    expect(task.input).toBeUndefined();
  });

  it('hands out a task once, with a token that its worker can answer', async () => {
    await bench.client.send(new CreateActivityCommand({ name: 'pack' }));
    const { taskToken } = await openTask(ACTIVITY_TASK);
    const task = await bench.client.send(new GetActivityTaskCommand({ activityArn: PACK }));
    expect(task).toMatchObject({ taskToken, input: '{"box":1}' });
    const none = await bench.client.send(new GetActivityTaskCommand({ activityArn: PACK }));
    expect(none.taskToken ?? null).toBeNull();
    await bench.client.send(new SendTaskHeartbeatCommand({ taskToken }));
    await bench.client.send(new SendTaskSuccessCommand({ taskToken, output: '"packed"' }));
  });

  it('is woken by the announcement of a task', async () => {
    const patient = await startApiBench({ context: bench.context, activityPollMs: 20_000 });
    try {
      await bench.client.send(new CreateActivityCommand({ name: 'pack' }));
      const polling = patient.client.send(new GetActivityTaskCommand({ activityArn: PACK }));
      const { taskToken } = await openTask(ACTIVITY_TASK);
      bench.context.hints.announce('activity', PACK);
      expect((await polling).taskToken).toBe(taskToken);
    } finally {
      await patient.close();
    }
  });
});

describe('SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat', () => {
  it('take one result', async () => {
    const { taskToken } = await openTask();
    await bench.client.send(new SendTaskHeartbeatCommand({ taskToken }));
    await bench.client.send(new SendTaskSuccessCommand({ taskToken, output: '{"ok":true}' }));
    await expect(bench.client.send(new SendTaskFailureCommand({ taskToken, error: 'Late' }))).rejects.toEqual(
      named('TaskTimedOut'),
    );
    await expect(bench.client.send(new SendTaskHeartbeatCommand({ taskToken }))).rejects.toEqual(named('TaskTimedOut'));
  });

  it('take a failure', async () => {
    const { taskToken } = await openTask();
    await bench.client.send(new SendTaskFailureCommand({ taskToken, error: 'Broken', cause: 'glass' }));
    await expect(bench.client.send(new SendTaskFailureCommand({ taskToken }))).rejects.toEqual(named('TaskTimedOut'));
  });

  it('tell a forged token from one whose execution is not known', async () => {
    const forged = 'AAAA';
    const unknown = '01890a5d-ac96-774b-bcce-b302099a8057';
    const gone = formatTaskToken(unknown, 1, await bench.context.taskTokens.keyOf(unknown));
    for (const [taskToken, name] of [
      [forged, 'InvalidToken'],
      [gone, 'TaskDoesNotExist'],
    ]) {
      await expect(bench.client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }))).rejects.toEqual(
        named(name ?? ''),
      );
      await expect(bench.client.send(new SendTaskFailureCommand({ taskToken }))).rejects.toEqual(named(name ?? ''));
      await expect(bench.client.send(new SendTaskHeartbeatCommand({ taskToken }))).rejects.toEqual(named(name ?? ''));
    }
  });

  it('refuse an output that is no JSON or too long', async () => {
    const { taskToken } = await openTask();
    await expect(bench.client.send(new SendTaskSuccessCommand({ taskToken, output: '{' }))).rejects.toEqual(
      named('InvalidOutput'),
    );
    await expect(
      bench.client.send(new SendTaskSuccessCommand({ taskToken, output: 'x'.repeat(262_145) })),
    ).rejects.toEqual(named('ValidationException'));
    await expect(
      bench.client.send(new SendTaskSuccessCommand({ taskToken, output: `"${'ü'.repeat(200_000)}"` })),
    ).rejects.toEqual(named('InvalidOutput'));
  });
});
