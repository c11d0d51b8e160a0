import {
  CreateStateMachineCommand,
  type CreateStateMachineInput,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  ListStateMachinesCommand,
  type LoggingConfiguration,
  StartExecutionCommand,
  StateMachineAlreadyExists,
  StateMachineDoesNotExist,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
  paginateListStateMachines,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, DEFINITION, PREFIX, ROLE, startApiBench } from '../testing/api-bench.ts';

let bench: ApiBench;
beforeEach(async () => {
  bench = await startApiBench();
});
afterEach(() => bench.close());

const ORDERS = `${PREFIX}:stateMachine:orders`;
const OTHER = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } });
const LOGGED: LoggingConfiguration = {
  level: 'ALL',
  includeExecutionData: true,
  destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: 'arn:aws:logs:us-east-1:123456789012:log-group:g:*' } }],
};

const create = (change: Partial<CreateStateMachineInput> = {}) =>
  bench.client.send(
    new CreateStateMachineCommand({ name: 'orders', definition: DEFINITION, roleArn: ROLE, ...change }),
  );
const named = (name: string, message?: string | RegExp) =>
  expect.objectContaining({
    name,
    ...(message === undefined
      ? {}
      : { message: typeof message === 'string' ? message : expect.stringMatching(message) }),
  });

describe('CreateStateMachine and DescribeStateMachine', () => {
  it('create and describe with AWS’s defaults', async () => {
    const created = await create();
    expect(created.stateMachineArn).toBe(ORDERS);
    expect(created.creationDate).toBeInstanceOf(Date);
    expect(created.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    const { $metadata, ...described } = await bench.client.send(
      new DescribeStateMachineCommand({ stateMachineArn: ORDERS }),
    );
    expect($metadata.httpStatusCode).toBe(200);
    expect(described).toEqual({
      stateMachineArn: ORDERS,
      name: 'orders',
      status: 'ACTIVE',
      definition: DEFINITION,
      roleArn: ROLE,
      type: 'STANDARD',
      creationDate: created.creationDate,
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
      tracingConfiguration: { enabled: false },
      encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
    });
  });

  it('tell which variables the states read', async () => {
    const states = {
      A: { Type: 'Pass', Assign: { x: 1, y: 2 }, Next: 'B' },
      B: { Type: 'Pass', Parameters: { 'sum.$': 'States.MathAdd($y, $x)' }, End: true },
    };
    await create({ definition: JSON.stringify({ StartAt: 'A', States: states }) });
    const described = await bench.client.send(new DescribeStateMachineCommand({ stateMachineArn: ORDERS }));
    expect(described.variableReferences).toEqual({ B: ['x', 'y'] });
  });

  it('echo the configuration and describe metadata only', async () => {
    await create({ loggingConfiguration: LOGGED, tracingConfiguration: { enabled: true }, type: 'EXPRESS' });
    const described = await bench.client.send(
      new DescribeStateMachineCommand({ stateMachineArn: ORDERS, includedData: 'METADATA_ONLY' }),
    );
    expect(described).toMatchObject({
      loggingConfiguration: LOGGED,
      tracingConfiguration: { enabled: true },
      type: 'EXPRESS',
      definition: '{}',
    });
  });

  it('are idempotent, and refuse another machine under the name', async () => {
    const first = await create();
    const second = await create({ roleArn: `${ROLE}-2`, tags: [] });
    expect(second.creationDate).toEqual(first.creationDate);
    const refusal = await create({ definition: OTHER }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StateMachineAlreadyExists);
    expect(refusal).toEqual(named('StateMachineAlreadyExists', `State Machine Already Exists: '${ORDERS}'`));
  });

  it('refuse what they cannot take, in AWS’s words', async () => {
    await expect(create({ name: 'two words' })).rejects.toEqual(named('InvalidName', "Invalid Name: 'two words'"));
    await expect(create({ roleArn: 'role' })).rejects.toEqual(named('InvalidArn'));
    await expect(create({ name: 'n'.repeat(81) })).rejects.toEqual(
      named(
        'ValidationException',
        `1 validation error detected: Value '${'n'.repeat(81)}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 80`,
      ),
    );
    await expect(
      create({ definition: '{"StartAt":"A","States":{"A":{"Type":"Pass"},"B":{"Type":"Odd"}}}' }),
    ).rejects.toEqual(
      named('InvalidDefinition', /^Invalid State Machine Definition: '.*\/States\/A.*\/States\/B\/Type/),
    );
    await expect(create({ loggingConfiguration: { level: 'ALL' } })).rejects.toEqual(
      named('InvalidLoggingConfiguration', 'Invalid Logging Configuration: Must specify exactly one Log Destination.'),
    );
    await expect(
      create({ encryptionConfiguration: { type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId: 'k' } }),
    ).rejects.toEqual(named('KmsAccessDeniedException'));
    const tags = Array.from({ length: 51 }, (_, index) => ({ key: `k${index}`, value: '' }));
    await expect(create({ tags })).rejects.toEqual(named('TooManyTags'));
    await expect(create({ versionDescription: 'x' })).rejects.toEqual(
      named('ValidationException', 'Version description can only be set when publish is true'),
    );
  });

  it('name a machine that is not there', async () => {
    const refusal = await bench.client
      .send(new DescribeStateMachineCommand({ stateMachineArn: ORDERS }))
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StateMachineDoesNotExist);
    expect(refusal).toEqual(named('StateMachineDoesNotExist', `State Machine Does Not Exist: '${ORDERS}'`));
    await expect(
      bench.client.send(new DescribeStateMachineCommand({ stateMachineArn: 'not_a_valid_arn' })),
    ).rejects.toEqual(named('InvalidArn', "Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'"));
  });
});

describe('UpdateStateMachine', () => {
  const update = (change: object) =>
    bench.client.send(new UpdateStateMachineCommand({ stateMachineArn: ORDERS, ...change }));
  const describeOrders = () => bench.client.send(new DescribeStateMachineCommand({ stateMachineArn: ORDERS }));

  it('makes a revision that DescribeStateMachine names', async () => {
    await create();
    expect((await describeOrders()).revisionId).toBeUndefined();
    bench.shiftTime(1_000);
    const updated = await update({ definition: OTHER });
    expect(updated.revisionId).toMatch(/^[0-9a-f-]{36}$/);
    expect(updated.updateDate?.getTime()).toBeGreaterThan((await describeOrders()).creationDate?.getTime() ?? Infinity);
    expect(await describeOrders()).toMatchObject({ definition: OTHER, revisionId: updated.revisionId, roleArn: ROLE });
    expect((await update({ definition: OTHER })).revisionId).toBe(updated.revisionId);
    expect((await update({ roleArn: `${ROLE}-2` })).revisionId).not.toBe(updated.revisionId);
    await update({ loggingConfiguration: LOGGED });
    expect(await describeOrders()).toMatchObject({ loggingConfiguration: LOGGED, roleArn: `${ROLE}-2` });
  });

  it('refuses what it cannot take', async () => {
    await expect(update({ roleArn: ROLE })).rejects.toEqual(named('StateMachineDoesNotExist'));
    await create();
    await expect(update({})).rejects.toEqual(
      named(
        'MissingRequiredParameter',
        'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
      ),
    );
    await expect(update({ definition: '{}' })).rejects.toEqual(named('InvalidDefinition'));
    await expect(update({ stateMachineArn: 'xyz', roleArn: ROLE })).rejects.toEqual(named('InvalidArn'));
    await expect(update({ stateMachineArn: `${ORDERS}/Label`, roleArn: ROLE })).rejects.toEqual(
      expect.objectContaining({ name: 'ValidationException', reason: 'API_DOES_NOT_SUPPORT_LABELED_ARNS' }),
    );
    await bench.context.store.markStateMachineDeleting(ORDERS);
    await expect(update({ roleArn: ROLE })).rejects.toEqual(named('StateMachineDeleting'));
  });
});

describe('DeleteStateMachine', () => {
  const remove = (stateMachineArn: string) => bench.client.send(new DeleteStateMachineCommand({ stateMachineArn }));

  it('succeeds for what does not exist, and removes what does', async () => {
    await expect(remove(ORDERS)).resolves.toBeDefined();
    await create();
    await expect(remove(ORDERS)).resolves.toBeDefined();
    await expect(bench.client.send(new DescribeStateMachineCommand({ stateMachineArn: ORDERS }))).rejects.toEqual(
      named('StateMachineDoesNotExist'),
    );
    await expect(remove('xyz')).rejects.toEqual(named('InvalidArn'));
  });

  it('describes a machine that is being deleted, and starts nothing of it', async () => {
    await create();
    await bench.context.store.markStateMachineDeleting(ORDERS);
    expect(await bench.client.send(new DescribeStateMachineCommand({ stateMachineArn: ORDERS }))).toMatchObject({
      status: 'DELETING',
    });
    await expect(bench.client.send(new StartExecutionCommand({ stateMachineArn: ORDERS }))).rejects.toEqual(
      named('StateMachineDeleting'),
    );
    await expect(create()).rejects.toEqual(named('StateMachineDeleting'));
  });
});

describe('ListStateMachines', () => {
  it('pages by name', async () => {
    for (const name of ['e', 'b', 'd', 'a', 'c']) await create({ name });
    const pages: (string | undefined)[][] = [];
    for await (const page of paginateListStateMachines({ client: bench.client, pageSize: 2 }, {})) {
      pages.push((page.stateMachines ?? []).map((machine) => machine.name));
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    const all = await bench.client.send(new ListStateMachinesCommand({ maxResults: 0 }));
    expect(all.stateMachines).toHaveLength(5);
    expect(all.nextToken).toBeUndefined();
    expect(all.stateMachines?.[0]).toEqual({
      stateMachineArn: `${PREFIX}:stateMachine:a`,
      name: 'a',
      type: 'STANDARD',
      creationDate: expect.any(Date),
    });
  });

  it('refuses tokens that are forged, foreign or old', async () => {
    for (const name of ['a', 'b']) await create({ name });
    const list = (nextToken: string) => bench.client.send(new ListStateMachinesCommand({ nextToken }));
    await expect(list('forged')).rejects.toEqual(named('InvalidToken'));
    const { nextToken = '' } = await bench.client.send(new ListStateMachinesCommand({ maxResults: 1 }));
    await expect(list(nextToken)).resolves.toMatchObject({ stateMachines: [{ name: 'b' }] });
    bench.shiftTime(86_400_000);
    await expect(list(nextToken)).rejects.toEqual(named('InvalidToken'));
    await expect(list('x'.repeat(1_025))).rejects.toEqual(named('ValidationException', /less than or equal to 1024$/));
    await expect(bench.client.send(new ListStateMachinesCommand({ maxResults: 1_001 }))).rejects.toEqual(
      named('ValidationException', /Value '1001' at 'maxResults'/),
    );
  });
});

describe('ValidateStateMachineDefinition', () => {
  const validate = (definition: string, more: { severity?: 'ERROR' | 'WARNING'; maxResults?: number } = {}) =>
    bench.client.send(new ValidateStateMachineDefinitionCommand({ definition, ...more }));

  it('finds nothing in a good definition', async () => {
    expect(await validate(DEFINITION)).toMatchObject({ result: 'OK', diagnostics: [], truncated: false });
  });

  it('tells every finding with code and place, up to the number asked for', async () => {
    const definition = JSON.stringify({ StartAt: 'X', States: { A: { Type: 'Pass', Next: 'Y' } } });
    const all = await validate(definition);
    expect(all.result).toBe('FAIL');
    expect(all.diagnostics?.map(({ severity, code }) => [severity, code])).toContainEqual([
      'ERROR',
      'MISSING_TRANSITION_TARGET',
    ]);
    const one = await validate(definition, { maxResults: 1 });
    expect(one.diagnostics).toHaveLength(1);
    expect(one.truncated).toBe(true);
    await expect(validate(definition, { maxResults: 101 })).rejects.toEqual(
      named('ValidationException', /less than or equal to 100/),
    );
  });
});
