import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, ClientError, type Input, type Output, listOf, readOutput, textOf } from './client.ts';

const ROLE = 'arn:aws:iam::123456789012:role/any';
const PATIENCE_MS = 60_000;
const LOOK_MS = 100;

/** Asks until the answer is as wanted. */
export async function until(ask: () => Promise<Output>, isWanted: (answer: Output) => boolean): Promise<Output> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (Date.now() > end) throw new Error(`it stayed ${JSON.stringify(answer)}`);
    await pause(LOOK_MS);
  }
}

/** What the server refuses, as the client tells it. */
export async function refusalOf(call: Promise<unknown>): Promise<{ code: string; message: string; typed: boolean }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const { code, message, typed } = error;
    return { code, message, typed };
  }
  throw new Error('the call was not refused');
}

/** A machine that waits for a callback, whose token stands in its history. */
export function callbackDefinition(comment: string): string {
  return JSON.stringify({
    Comment: comment,
    StartAt: 'Ask',
    States: {
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Parameters: { FunctionName: 'park', Payload: { 'token.$': '$$.Task.Token' } },
        HeartbeatSeconds: 600,
        End: true,
      },
    },
  });
}

const PASS = JSON.stringify({ StartAt: 'Say', States: { Say: { Type: 'Pass', End: true } } });

/** One machine's whole life through one client; its names begin with `prefix`. */
export class Journey {
  readonly #client: Client;
  readonly #prefix: string;
  #machine = '';
  #alias = '';
  readonly #versions: string[] = [];
  readonly #executions: string[] = [];

  constructor(client: Client, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  #call(operation: string, input: Input): Promise<Output> {
    return this.#client.call(operation, input);
  }

  async create(): Promise<void> {
    const checked = await this.#call('ValidateStateMachineDefinition', { definition: callbackDefinition('first') });
    assert.partialDeepStrictEqual(checked, { result: 'OK', diagnostics: [] });
    const request = {
      name: `${this.#prefix}-orders`,
      definition: callbackDefinition('first'),
      roleArn: ROLE,
      tags: [{ key: 'team', value: 'orders' }],
    };
    const created = await this.#call('CreateStateMachine', request);
    this.#machine = textOf(created, 'stateMachineArn');
    assert.equal(this.#machine, `arn:aws:states:us-east-1:123456789012:stateMachine:${this.#prefix}-orders`);
    assert.deepEqual(await this.#call('CreateStateMachine', request), created);
    assert.partialDeepStrictEqual(await this.#call('DescribeStateMachine', { stateMachineArn: this.#machine }), {
      status: 'ACTIVE',
      type: 'STANDARD',
      definition: callbackDefinition('first'),
    });
  }

  async publish(): Promise<void> {
    const stateMachineArn = this.#machine;
    const first = await this.#call('PublishStateMachineVersion', { stateMachineArn, description: 'first' });
    const definition = callbackDefinition('second');
    const second = await this.#call('UpdateStateMachine', { stateMachineArn, definition, publish: true });
    this.#versions.push(textOf(first, 'stateMachineVersionArn'), textOf(second, 'stateMachineVersionArn'));
    assert.deepEqual(this.#versions, [`${stateMachineArn}:1`, `${stateMachineArn}:2`]);
    const { stateMachineVersions } = await this.#call('ListStateMachineVersions', { stateMachineArn });
    assert.equal(Array.isArray(stateMachineVersions) && stateMachineVersions.length, 2);
    const [one, two] = this.#versions;
    const alias = await this.#call('CreateStateMachineAlias', {
      name: 'PROD',
      routingConfiguration: [
        { stateMachineVersionArn: one, weight: 90 },
        { stateMachineVersionArn: two, weight: 10 },
      ],
    });
    this.#alias = textOf(alias, 'stateMachineAliasArn');
    const routingConfiguration = [{ stateMachineVersionArn: two, weight: 100 }];
    await this.#call('UpdateStateMachineAlias', { stateMachineAliasArn: this.#alias, routingConfiguration });
    const described = await this.#call('DescribeStateMachineAlias', { stateMachineAliasArn: this.#alias });
    assert.partialDeepStrictEqual(described, { name: 'PROD', routingConfiguration });
    const aliases = await this.#call('ListStateMachineAliases', { stateMachineArn });
    assert.equal(listOf(aliases, 'stateMachineAliases').length, 1);
  }

  async callBack(): Promise<void> {
    const executionArn = await this.#start('answered');
    const taskToken = await this.#tokenOf(executionArn, 0);
    await this.#call('SendTaskHeartbeat', { taskToken });
    await this.#call('SendTaskSuccess', { taskToken, output: '{"approved":true,"sum":10.50}' });
    const ended = await this.#ended(executionArn);
    assert.partialDeepStrictEqual(ended, {
      status: 'SUCCEEDED',
      output: '{"approved":true,"sum":10.50}',
      stateMachineAliasArn: this.#alias,
      stateMachineVersionArn: this.#versions[1],
    });
    const used = await this.#call('DescribeStateMachineForExecution', { executionArn });
    assert.partialDeepStrictEqual(used, { definition: callbackDefinition('second') });
    const late = await refusalOf(this.#call('SendTaskSuccess', { taskToken, output: '{}' }));
    assert.partialDeepStrictEqual(late, { code: 'TaskTimedOut', typed: true });
  }

  async redrive(): Promise<void> {
    const executionArn = await this.#start('redriven');
    const failing = await this.#tokenOf(executionArn, 0);
    await this.#call('SendTaskFailure', { taskToken: failing, error: 'Desk.Closed', cause: 'too late' });
    assert.partialDeepStrictEqual(await this.#ended(executionArn), {
      status: 'FAILED',
      error: 'Desk.Closed',
      cause: 'too late',
    });
    const last = (await this.#events(executionArn)).length;
    await this.#call('RedriveExecution', { executionArn });
    const taskToken = await this.#tokenOf(executionArn, last);
    await this.#call('SendTaskSuccess', { taskToken, output: '"fine"' });
    assert.partialDeepStrictEqual(await this.#ended(executionArn), {
      status: 'SUCCEEDED',
      output: '"fine"',
      redriveCount: 1,
    });
    const types = (await this.#events(executionArn)).map(({ type }) => type);
    for (const type of ['TaskFailed', 'ExecutionFailed', 'ExecutionRedriven']) assert.ok(types.includes(type), type);
    assert.equal(types.at(-1), 'ExecutionSucceeded');
  }

  async stop(): Promise<void> {
    const executionArn = await this.#start('stopped');
    await this.#call('StopExecution', { executionArn, error: 'Enough', cause: 'for today' });
    assert.partialDeepStrictEqual(await this.#ended(executionArn), {
      status: 'ABORTED',
      error: 'Enough',
      cause: 'for today',
    });
  }

  async list(): Promise<void> {
    const input = { stateMachineArn: this.#machine };
    const listed = await this.#client.pages('ListExecutions', input, { member: 'executions', size: 1 });
    assert.deepEqual(
      listed.map(({ executionArn }) => executionArn),
      this.#executions.toReversed(),
    );
    const machines = await this.#client.pages('ListStateMachines', {}, { member: 'stateMachines', size: 1 });
    assert.ok(machines.map(({ stateMachineArn }) => stateMachineArn).includes(this.#machine));
    const activity = await this.#call('CreateActivity', { name: `${this.#prefix}-desk` });
    const activities = await this.#client.pages('ListActivities', {}, { member: 'activities', size: 1 });
    assert.ok(activities.map(({ activityArn }) => activityArn).includes(activity['activityArn']));
    await this.#call('DeleteActivity', { activityArn: activity['activityArn'] });
  }

  /** The two operations whose host clients give a prefix. */
  async synchronous(): Promise<void> {
    const tested = await this.#call('TestState', {
      definition: '{"Type":"Pass","Parameters":{"doubled.$":"States.MathAdd($.n, $.n)"},"End":true}',
      roleArn: ROLE,
      input: '{"n":21}',
    });
    assert.partialDeepStrictEqual(tested, { status: 'SUCCEEDED', output: '{"doubled":42}' });
    const express = { name: `${this.#prefix}-quick`, definition: PASS, roleArn: ROLE, type: 'EXPRESS' };
    const { stateMachineArn } = await this.#call('CreateStateMachine', express);
    const ran = await this.#call('StartSyncExecution', { stateMachineArn, input: '{"n":1}' });
    assert.partialDeepStrictEqual(ran, { status: 'SUCCEEDED', output: '{"n":1}' });
    await this.#call('DeleteStateMachine', { stateMachineArn });
  }

  async tag(): Promise<void> {
    const resourceArn = this.#machine;
    await this.#call('TagResource', { resourceArn, tags: [{ key: 'stage', value: 'test' }] });
    await this.#call('UntagResource', { resourceArn, tagKeys: ['team'] });
    const { tags } = await this.#call('ListTagsForResource', { resourceArn });
    assert.deepEqual(tags, [{ key: 'stage', value: 'test' }]);
  }

  /** Errors arrive as the client's own types, with AWS's words. */
  async refusals(): Promise<void> {
    const none = `${this.#machine}-none`;
    assert.deepEqual(await refusalOf(this.#call('DescribeStateMachine', { stateMachineArn: none })), {
      code: 'StateMachineDoesNotExist',
      message: `State Machine Does Not Exist: '${none}'`,
      typed: true,
    });
    const taken = { stateMachineArn: this.#alias, name: 'answered', input: '{"other":1}' };
    assert.partialDeepStrictEqual(await refusalOf(this.#call('StartExecution', taken)), {
      code: 'ExecutionAlreadyExists',
      typed: true,
    });
    const bad = { name: `${this.#prefix}-bad`, definition: '{"StartAt":"A"}', roleArn: ROLE };
    const { message, ...refused } = await refusalOf(this.#call('CreateStateMachine', bad));
    assert.deepEqual(refused, { code: 'InvalidDefinition', typed: true });
    assert.match(message, /^Invalid State Machine Definition/);
    const forged = { taskToken: 'AAAA', output: '{}' };
    assert.partialDeepStrictEqual(await refusalOf(this.#call('SendTaskSuccess', forged)), {
      code: 'InvalidToken',
      typed: true,
    });
    const versioned = { stateMachineVersionArn: this.#versions[1] };
    assert.partialDeepStrictEqual(await refusalOf(this.#call('DeleteStateMachineVersion', versioned)), {
      code: 'ConflictException',
      typed: true,
    });
  }

  async delete(): Promise<void> {
    await this.#call('DeleteStateMachineAlias', { stateMachineAliasArn: this.#alias });
    await this.#call('DeleteStateMachineVersion', { stateMachineVersionArn: this.#versions[0] });
    await this.#call('DeleteStateMachine', { stateMachineArn: this.#machine });
    await untilGone(this.#client, this.#machine);
  }

  async #start(name: string): Promise<string> {
    const request = { stateMachineArn: this.#alias, name, input: '{"order":1}' };
    const started = textOf(await this.#call('StartExecution', request), 'executionArn');
    this.#executions.push(started);
    return started;
  }

  async #events(executionArn: string): Promise<Output[]> {
    return this.#client.pages('GetExecutionHistory', { executionArn }, { member: 'events', size: 3 });
  }

  /** The token of the callback that an execution waits for, from its history after event `after`. */
  async #tokenOf(executionArn: string, after: number): Promise<string> {
    let token = '';
    await until(
      async () => ({ events: await this.#events(executionArn) }),
      (answer) => {
        const events = listOf(answer, 'events').slice(after);
        const scheduled = events.find(({ type }) => type === 'TaskScheduled')?.['taskScheduledEventDetails'];
        if (scheduled === undefined || !events.some(({ type }) => type === 'TaskSubmitted')) return false;
        const parameters = readOutput(JSON.parse(textOf(readOutput(scheduled), 'parameters')));
        token = textOf(readOutput(parameters['Payload']), 'token');
        return true;
      },
    );
    return token;
  }

  #ended(executionArn: string): Promise<Output> {
    return until(
      () => this.#call('DescribeExecution', { executionArn }),
      ({ status }) => status !== 'RUNNING',
    );
  }
}

/** Deleting takes its time: first DELETING, then gone. */
export async function untilGone(client: Client, stateMachineArn: string): Promise<void> {
  const look = async (): Promise<Output> => {
    try {
      return await client.call('DescribeStateMachine', { stateMachineArn });
    } catch (error) {
      if (error instanceof ClientError) return { gone: error.code };
      throw error;
    }
  };
  const last = await until(look, ({ gone }) => gone !== undefined);
  assert.deepEqual(last, { gone: 'StateMachineDoesNotExist' });
}
