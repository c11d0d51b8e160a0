import {
  CreateStateMachineCommand,
  DescribeMapRunCommand,
  ExecutionDoesNotExist,
  InvalidToken,
  ListExecutionsCommand,
  ListMapRunsCommand,
  ResourceNotFound,
  StartExecutionCommand,
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
