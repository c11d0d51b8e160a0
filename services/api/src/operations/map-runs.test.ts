import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  DescribeStateMachineForExecutionCommand,
  ExecutionDoesNotExist,
  InvalidToken,
  ListExecutionsCommand,
  ListMapRunsCommand,
  RedriveExecutionCommand,
  ResourceNotFound,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateMapRunCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, DEFINITION, PREFIX, ROLE, startApiBench } from '../testing/api-bench.ts';

const MAP_RUN = `${PREFIX}:mapRun:orders/Each:0f6cb3b1-4a6f-3d0a-8d0e-2a2f1f9a7f11`;

let bench: ApiBench;
beforeEach(async () => {
  bench = await startApiBench();
});
afterEach(() => bench.close());

const refusal = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'taken',
    (error: unknown) => error,
  );

describe('Map Runs', () => {
  it('that are not there are not found', async () => {
    for (const work of [
      bench.client.send(new DescribeMapRunCommand({ mapRunArn: MAP_RUN })),
      bench.client.send(new UpdateMapRunCommand({ mapRunArn: MAP_RUN, maxConcurrency: 1 })),
      bench.client.send(new ListExecutionsCommand({ mapRunArn: MAP_RUN, redriveFilter: 'REDRIVEN' })),
    ]) {
      const refused = await refusal(work);
      expect(refused).toBeInstanceOf(ResourceNotFound);
      expect(refused).toMatchObject({ message: `Resource not found: '${MAP_RUN}'`, resourceName: MAP_RUN });
    }
  });

  it('of an execution without any are none', async () => {
    await bench.client.send(new CreateStateMachineCommand({ name: 'orders', definition: DEFINITION, roleArn: ROLE }));
    const { executionArn = '' } = await bench.client.send(
      new StartExecutionCommand({ stateMachineArn: `${PREFIX}:stateMachine:orders` }),
    );
    const list = (change: object) => bench.client.send(new ListMapRunsCommand({ executionArn, ...change }));
    expect(await list({})).toMatchObject({ mapRuns: [] });
    expect(await refusal(list({ nextToken: 'forged' }))).toBeInstanceOf(InvalidToken);
    expect(await refusal(list({ executionArn: `${executionArn}0` }))).toBeInstanceOf(ExecutionDoesNotExist);
  });
});

describe('Map Runs, with a worker behind the API', () => {
  beforeEach(async () => {
    await bench.close();
    bench = await startApiBench({ worker: true });
  });

  const wait = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 600, End: true } } };
  const definition = JSON.stringify({
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        Label: 'Each',
        MaxConcurrency: 2,
        ItemProcessor: { ...wait, ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
        End: true,
      },
    },
  });

  /** Starts one over three items; answers once two of them run. */
  async function started(): Promise<{ executionArn: string; mapRunArn: string }> {
    await bench.client.send(new CreateStateMachineCommand({ name: 'orders', definition, roleArn: ROLE }));
    const stateMachineArn = `${PREFIX}:stateMachine:orders`;
    const { executionArn = '' } = await bench.client.send(
      new StartExecutionCommand({ stateMachineArn, input: '[1,2,3]' }),
    );
    const mapRunArn = await until(async () => {
      const { mapRuns } = await bench.client.send(new ListMapRunsCommand({ executionArn }));
      return mapRuns?.[0]?.mapRunArn;
    });
    await until(async () => ((await describeRun(mapRunArn)).executionCounts?.running === 2 ? true : undefined));
    return { executionArn, mapRunArn };
  }

  const describeRun = (mapRunArn: string) => bench.client.send(new DescribeMapRunCommand({ mapRunArn }));

  async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
    const limit = Date.now() + 10_000;
    while (Date.now() < limit) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error('waited in vain');
  }

  it('are described, listed with their children, and changed while they run', async () => {
    const { executionArn, mapRunArn } = await started();
    expect(mapRunArn).toMatch(new RegExp(`^${PREFIX}:mapRun:orders/Each:[0-9a-f-]{36}$`));
    expect(await describeRun(mapRunArn)).toMatchObject({
      ...{ mapRunArn, executionArn, status: 'RUNNING', maxConcurrency: 2 },
      ...{ toleratedFailureCount: 0, toleratedFailurePercentage: 0, redriveCount: 0 },
      itemCounts: { total: 3, running: 2, pending: 1, succeeded: 0 },
      executionCounts: { total: 3, running: 2, pending: 1, failed: 0 },
    });
    const list = (change: object = {}) => bench.client.send(new ListExecutionsCommand({ mapRunArn, ...change }));
    const { executions: [newest, oldest] = [] } = await list();
    expect(newest).toMatchObject({
      status: 'RUNNING',
      mapRunArn,
      stateMachineArn: `${PREFIX}:stateMachine:orders/Each`,
    });
    const first = await list({ maxResults: 1 });
    expect(first.executions).toEqual([newest]);
    const second = await list({ maxResults: 1, nextToken: first.nextToken });
    expect([second.executions, second.nextToken]).toEqual([[oldest], undefined]);
    expect((await list({ statusFilter: 'FAILED' })).executions).toEqual([]);
    const childArn = newest?.executionArn ?? '';
    expect(await bench.client.send(new DescribeExecutionCommand({ executionArn: childArn }))).toMatchObject({
      ...{ mapRunArn, input: '2', status: 'RUNNING' },
    });
    const machine = new DescribeStateMachineForExecutionCommand({ executionArn: childArn });
    expect(await bench.client.send(machine)).toMatchObject({ mapRunArn, label: 'Each', name: 'orders/Each' });
    await bench.client.send(new UpdateMapRunCommand({ mapRunArn, maxConcurrency: 3, toleratedFailureCount: 4 }));
    expect(await describeRun(mapRunArn)).toMatchObject({ maxConcurrency: 3, toleratedFailureCount: 4 });
    await until(async () => ((await describeRun(mapRunArn)).executionCounts?.running === 3 ? true : undefined));
  });

  it('end with their execution; their children are redriven by it alone', async () => {
    const { executionArn, mapRunArn } = await started();
    await bench.client.send(new StopExecutionCommand({ executionArn }));
    await until(async () => ((await describeRun(mapRunArn)).status === 'ABORTED' ? true : undefined));
    expect((await describeRun(mapRunArn)).executionCounts).toMatchObject({ aborted: 2, running: 0, pending: 1 });
    expect(await refusal(bench.client.send(new UpdateMapRunCommand({ mapRunArn, maxConcurrency: 1 })))).toMatchObject({
      ...{ name: 'ValidationException', reason: 'CANNOT_UPDATE_COMPLETED_MAP_RUN' },
    });
    const { executions: [child] = [] } = await bench.client.send(new ListExecutionsCommand({ mapRunArn }));
    const childArn = child?.executionArn ?? '';
    const described = await bench.client.send(new DescribeExecutionCommand({ executionArn: childArn }));
    expect(described).toMatchObject({ status: 'ABORTED', redriveStatus: 'REDRIVABLE_BY_MAP_RUN' });
    expect(await refusal(bench.client.send(new RedriveExecutionCommand({ executionArn: childArn })))).toMatchObject({
      name: 'ExecutionNotRedrivable',
    });
    await bench.client.send(new RedriveExecutionCommand({ executionArn }));
    await until(async () => ((await describeRun(mapRunArn)).executionCounts?.running === 2 ? true : undefined));
    expect(await describeRun(mapRunArn)).toMatchObject({ status: 'RUNNING', redriveCount: 1 });
  });
});
