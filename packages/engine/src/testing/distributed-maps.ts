import type { EngineContext } from '../context.ts';
import type { MapRunRecord } from '../ports/map-run-store.ts';
import { startExecution } from '../start-execution.ts';

/** A machine that is a Distributed Map and nothing else. */
export function distributed(executionType: string, processor: object, fields: object = {}): object {
  return {
    StartAt: 'Map',
    States: {
      Map: {
        Type: 'Map',
        Label: 'Each',
        ItemProcessor: { ...processor, ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: executionType } },
        End: true,
        ...fields,
      },
    },
  };
}

export const waitProcessor = (seconds: number): object => ({
  StartAt: 'W',
  States: { W: { Type: 'Wait', Seconds: seconds, End: true } },
});

export const taskProcessor = {
  StartAt: 'T',
  States: { T: { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:work', End: true } },
};

/** The numbers from 0 on. */
export const numbers = (total: number): number[] => Array.from({ length: total }, (_, index) => index);

/** Answers the ARN. */
export async function startOver(context: EngineContext, stateMachineArn: string, input: unknown): Promise<string> {
  const { executionArn } = await startExecution(context, { stateMachineArn, input: JSON.stringify(input) });
  return executionArn;
}

/** The latest Map Run of an execution. */
export async function mapRunOf({ store }: Pick<EngineContext, 'store'>, executionArn: string): Promise<MapRunRecord> {
  const execution = await store.findExecutionByArn(executionArn);
  const [run] = await store.listMapRuns({ executionId: execution?.executionId ?? '', limit: 1 });
  if (run === undefined) throw new Error('there is no Map Run');
  return run;
}
