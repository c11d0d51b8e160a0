import {
  ConflictException,
  CreateStateMachineAliasCommand,
  type CreateStateMachineAliasInput,
  CreateStateMachineCommand,
  DeleteStateMachineAliasCommand,
  DeleteStateMachineCommand,
  DeleteStateMachineVersionCommand,
  DescribeExecutionCommand,
  DescribeStateMachineAliasCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachineAliasesCommand,
  ListStateMachineVersionsCommand,
  PublishStateMachineVersionCommand,
  type PublishStateMachineVersionInput,
  ResourceNotFound,
  StartExecutionCommand,
  StateMachineDeleting,
  StateMachineDoesNotExist,
  UpdateStateMachineAliasCommand,
  UpdateStateMachineCommand,
  ValidationException,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, PREFIX, ROLE, startApiBench } from '../testing/api-bench.ts';

const ORDERS = `${PREFIX}:stateMachine:orders`;
const definition = (result: string) =>
  JSON.stringify({ StartAt: 'Say', States: { Say: { Type: 'Pass', Result: result, End: true } } });

let bench: ApiBench;
beforeEach(async () => {
  bench = await startApiBench({ worker: true });
  await bench.client.send(
    new CreateStateMachineCommand({ name: 'orders', definition: definition('one'), roleArn: ROLE, publish: true }),
  );
});
afterEach(() => bench.close());

const refusal = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'taken',
    (error: unknown) => error,
  );
const publish = (change: Partial<PublishStateMachineVersionInput> = {}) =>
  bench.client.send(new PublishStateMachineVersionCommand({ stateMachineArn: ORDERS, ...change }));
const update = (result: string, change: object = {}) =>
  bench.client.send(
    new UpdateStateMachineCommand({ stateMachineArn: ORDERS, definition: definition(result), ...change }),
  );
const createAlias = (change: Partial<CreateStateMachineAliasInput> = {}) =>
  bench.client.send(
    new CreateStateMachineAliasCommand({
      name: 'LIVE',
      routingConfiguration: [{ stateMachineVersionArn: `${ORDERS}:1`, weight: 100 }],
      ...change,
    }),
  );
const describeAlias = (name = 'LIVE') =>
  bench.client.send(new DescribeStateMachineAliasCommand({ stateMachineAliasArn: `${ORDERS}:${name}` }));

/** Runs one to its end; its ARN. */
async function run(stateMachineArn: string): Promise<string> {
  const { executionArn = '' } = await bench.client.send(new StartExecutionCommand({ stateMachineArn }));
  await expect
    .poll(async () => (await bench.client.send(new DescribeExecutionCommand({ executionArn }))).status)
    .toBe('SUCCEEDED');
  return executionArn;
}

async function outputOf(executionArn: string): Promise<unknown> {
  const { output = 'null' } = await bench.client.send(new DescribeExecutionCommand({ executionArn }));
  return JSON.parse(output);
}

describe('versions', () => {
  it('are published, described, listed newest first, page by page, and deleted', async () => {
    const { revisionId, stateMachineVersionArn, updateDate } = await update('two', {
      publish: true,
      versionDescription: 'the second',
    });
    expect(stateMachineVersionArn).toBe(`${ORDERS}:2`);
    const again = await publish({ revisionId: revisionId ?? '', description: 'the second' });
    expect(again).toMatchObject({ stateMachineVersionArn: `${ORDERS}:2`, creationDate: updateDate });
    const { $metadata: _metadata, ...second } = await bench.client.send(
      new DescribeStateMachineCommand({ stateMachineArn: `${ORDERS}:2` }),
    );
    expect(second).toEqual({
      stateMachineArn: `${ORDERS}:2`,
      name: 'orders',
      status: 'ACTIVE',
      definition: definition('two'),
      roleArn: ROLE,
      type: 'STANDARD',
      creationDate: updateDate,
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
      tracingConfiguration: { enabled: false },
      encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
      revisionId,
      description: 'the second',
    });
    const first = await bench.client.send(new DescribeStateMachineCommand({ stateMachineArn: `${ORDERS}:1` }));
    expect([first.definition, first.revisionId, first.description]).toEqual([definition('one'), undefined, undefined]);
    const list = (nextToken?: string) =>
      bench.client.send(
        new ListStateMachineVersionsCommand({
          stateMachineArn: ORDERS,
          maxResults: 1,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
    const page = await list();
    expect(page.stateMachineVersions?.map((version) => version.stateMachineVersionArn)).toEqual([`${ORDERS}:2`]);
    const last = await list(page.nextToken);
    expect(last.stateMachineVersions?.map((version) => version.stateMachineVersionArn)).toEqual([`${ORDERS}:1`]);
    expect(last.nextToken).toBeUndefined();
    const remove = () =>
      bench.client.send(new DeleteStateMachineVersionCommand({ stateMachineVersionArn: `${ORDERS}:1` }));
    await remove();
    await remove();
    expect(
      await refusal(bench.client.send(new DescribeStateMachineCommand({ stateMachineArn: `${ORDERS}:1` }))),
    ).toBeInstanceOf(StateMachineDoesNotExist);
    const start = bench.client.send(new StartExecutionCommand({ stateMachineArn: `${ORDERS}:1` }));
    expect(await refusal(start)).toMatchObject({ message: `State Machine Does Not Exist: '${ORDERS}:1'` });
    await expect(list('forged')).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  it('are refused where the guard, the description or the machine speaks against it', async () => {
    expect(await publish({ revisionId: 'INITIAL' })).toMatchObject({ stateMachineVersionArn: `${ORDERS}:1` });
    expect(await refusal(publish({ description: 'another' }))).toBeInstanceOf(ConflictException);
    const { revisionId = '' } = await update('two');
    const { revisionId: third = '' } = await update('three');
    const guarded = await refusal(publish({ revisionId }));
    expect(guarded).toBeInstanceOf(ConflictException);
    expect(guarded).toMatchObject({
      message: `Failed to publish the State Machine version for revision ${revisionId}. The current State Machine revision is ${third}.`,
    });
    const unknown = publish({ stateMachineArn: `${PREFIX}:stateMachine:nobody` });
    expect(await refusal(unknown)).toBeInstanceOf(StateMachineDoesNotExist);
    await bench.context.store.markStateMachineDeleting(ORDERS);
    expect(await refusal(publish())).toBeInstanceOf(StateMachineDeleting);
  });

  it('run what they were published with, and the executions tell it', async () => {
    await update('two');
    const versioned = await run(`${ORDERS}:1`);
    const latest = await run(ORDERS);
    expect([await outputOf(versioned), await outputOf(latest)]).toEqual(['one', 'two']);
    const described = await bench.client.send(new DescribeExecutionCommand({ executionArn: versioned }));
    expect(described).toMatchObject({ stateMachineArn: ORDERS, stateMachineVersionArn: `${ORDERS}:1` });
    expect(described.stateMachineAliasArn).toBeUndefined();
    const used = await bench.client.send(new DescribeStateMachineForExecutionCommand({ executionArn: versioned }));
    expect([used.stateMachineArn, used.definition, used.revisionId]).toEqual([ORDERS, definition('one'), undefined]);
    const { events = [] } = await bench.client.send(new GetExecutionHistoryCommand({ executionArn: versioned }));
    expect(events[0]?.executionStartedEventDetails?.stateMachineVersionArn).toBe(`${ORDERS}:1`);
    const { executions } = await bench.client.send(new ListExecutionsCommand({ stateMachineArn: `${ORDERS}:1` }));
    expect(executions).toMatchObject([{ executionArn: versioned, stateMachineVersionArn: `${ORDERS}:1` }]);
    const all = await bench.client.send(new ListExecutionsCommand({ stateMachineArn: ORDERS }));
    expect(all.executions?.map((execution) => execution.executionArn)).toEqual([latest, versioned]);
    const missing = bench.client.send(new ListExecutionsCommand({ stateMachineArn: `${ORDERS}:9` }));
    expect(await refusal(missing)).toBeInstanceOf(ResourceNotFound);
  });
});

describe('aliases', () => {
  it('are created once, described, updated and deleted', async () => {
    const created = await createAlias({ description: 'what is live' });
    expect(created.stateMachineAliasArn).toBe(`${ORDERS}:LIVE`);
    expect((await createAlias({ description: 'what is live' })).creationDate).toEqual(created.creationDate);
    expect(await refusal(createAlias())).toBeInstanceOf(ConflictException);
    await update('two', { publish: true });
    const routingConfiguration = [
      { stateMachineVersionArn: `${ORDERS}:2`, weight: 80 },
      { stateMachineVersionArn: `${ORDERS}:1`, weight: 20 },
    ];
    const stateMachineAliasArn = `${ORDERS}:LIVE`;
    bench.shiftTime(1_000);
    const { updateDate } = await bench.client.send(
      new UpdateStateMachineAliasCommand({ stateMachineAliasArn, routingConfiguration }),
    );
    const { $metadata: _metadata, ...alias } = await describeAlias();
    expect(alias).toEqual({
      stateMachineAliasArn,
      name: 'LIVE',
      description: 'what is live',
      routingConfiguration,
      creationDate: created.creationDate,
      updateDate,
    });
    const remove = () => bench.client.send(new DeleteStateMachineAliasCommand({ stateMachineAliasArn }));
    await remove();
    await remove();
    const missing = await refusal(describeAlias());
    expect(missing).toBeInstanceOf(ResourceNotFound);
    expect(missing).toMatchObject({
      message: 'Request references a resource that does not exist.',
      resourceName: stateMachineAliasArn,
    });
    const late = bench.client.send(new UpdateStateMachineAliasCommand({ stateMachineAliasArn, description: '' }));
    expect(await refusal(late)).toBeInstanceOf(ResourceNotFound);
  });

  it('keep their versions, and cannot route to what is not there', async () => {
    await createAlias();
    await createAlias({ name: 'BETA' });
    const remove = bench.client.send(new DeleteStateMachineVersionCommand({ stateMachineVersionArn: `${ORDERS}:1` }));
    const inUse = await refusal(remove);
    expect(inUse).toBeInstanceOf(ConflictException);
    expect(inUse).toMatchObject({
      message:
        'Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [BETA, LIVE]',
    });
    const nowhere = [{ stateMachineVersionArn: `${ORDERS}:7`, weight: 100 }];
    expect(await refusal(createAlias({ name: 'NEW', routingConfiguration: nowhere }))).toBeInstanceOf(ResourceNotFound);
    const weights = [{ stateMachineVersionArn: `${ORDERS}:1`, weight: 99 }];
    const invalid = await refusal(createAlias({ name: 'NEW', routingConfiguration: weights }));
    expect(invalid).toBeInstanceOf(ValidationException);
    expect(invalid).toMatchObject({ reason: 'INVALID_ROUTING_CONFIGURATION' });
    const foreign = [{ stateMachineVersionArn: `${PREFIX}:stateMachine:others:1`, weight: 100 }];
    const moved = bench.client.send(
      new UpdateStateMachineAliasCommand({ stateMachineAliasArn: `${ORDERS}:LIVE`, routingConfiguration: foreign }),
    );
    expect(await refusal(moved)).toMatchObject({ reason: 'INVALID_ROUTING_CONFIGURATION' });
  });

  it('are listed by name, of a machine or of a version', async () => {
    await update('two', { publish: true });
    for (const name of ['b', 'a']) await createAlias({ name });
    await createAlias({ name: 'c', routingConfiguration: [{ stateMachineVersionArn: `${ORDERS}:2`, weight: 100 }] });
    const list = (stateMachineArn: string, nextToken?: string) =>
      bench.client.send(
        new ListStateMachineAliasesCommand({
          stateMachineArn,
          maxResults: 2,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
    const page = await list(ORDERS);
    const rest = await list(ORDERS, page.nextToken);
    const names = [...(page.stateMachineAliases ?? []), ...(rest.stateMachineAliases ?? [])];
    expect(names.map((alias) => alias.stateMachineAliasArn)).toEqual(
      ['a', 'b', 'c'].map((name) => `${ORDERS}:${name}`),
    );
    const second = await list(`${ORDERS}:2`);
    expect(second.stateMachineAliases?.map((alias) => alias.stateMachineAliasArn)).toEqual([`${ORDERS}:c`]);
    expect(await refusal(list(`${ORDERS}:3`))).toBeInstanceOf(ResourceNotFound);
    expect(await refusal(list(`${PREFIX}:stateMachine:nobody`))).toBeInstanceOf(StateMachineDoesNotExist);
    await expect(list(`${ORDERS}:1`, page.nextToken)).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  it('choose among their versions by weight, and the executions tell which', async () => {
    await update('two', { publish: true });
    await createAlias({
      routingConfiguration: [
        { stateMachineVersionArn: `${ORDERS}:1`, weight: 50 },
        { stateMachineVersionArn: `${ORDERS}:2`, weight: 50 },
      ],
    });
    const versions = new Map<string, string>();
    for (let count = 0; count < 40; count++) {
      const executionArn = await run(`${ORDERS}:LIVE`);
      const described = await bench.client.send(new DescribeExecutionCommand({ executionArn }));
      expect(described.stateMachineAliasArn).toBe(`${ORDERS}:LIVE`);
      versions.set(described.stateMachineVersionArn ?? '', described.output ?? '');
    }
    // By chance one of them is not drawn once in 10^12 runs of this test.
    expect(Object.fromEntries(versions)).toEqual({ [`${ORDERS}:1`]: '"one"', [`${ORDERS}:2`]: '"two"' });
    const { executions = [] } = await bench.client.send(
      new ListExecutionsCommand({ stateMachineArn: `${ORDERS}:LIVE`, statusFilter: 'SUCCEEDED' }),
    );
    expect(executions).toHaveLength(40);
    const missing = bench.client.send(new StartExecutionCommand({ stateMachineArn: `${ORDERS}:NONE` }));
    expect(await refusal(missing)).toBeInstanceOf(StateMachineDoesNotExist);
  });

  it('go with their machine', async () => {
    await createAlias();
    await bench.client.send(new DeleteStateMachineCommand({ stateMachineArn: ORDERS }));
    expect(await refusal(describeAlias())).toBeInstanceOf(ResourceNotFound);
    const { stateMachineVersions } = await bench.client.send(
      new ListStateMachineVersionsCommand({ stateMachineArn: ORDERS }),
    );
    expect(stateMachineVersions).toEqual([]);
  });
});
