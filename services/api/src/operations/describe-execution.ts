import type { ExecutionRecord } from '@everstep/engine';
import { epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { describeQualifier } from '../execution-arns.ts';
import { findExecution } from '../find-execution.ts';

/** How long after its end an execution can be redriven, in milliseconds. */
const REDRIVABLE_MS = 14 * 86_400_000;

export const describeExecutionRoute = route(operations.describeExecution, async ({ engine }, input) => {
  const execution = await findExecution(engine.store, input.executionArn);
  return {
    executionArn: execution.executionArn,
    stateMachineArn: execution.stateMachineArn,
    ...describeQualifier(execution),
    name: execution.name,
    status: execution.status,
    startDate: epochSeconds(execution.startDate),
    ...(execution.stopDate === null ? {} : { stopDate: epochSeconds(execution.stopDate) }),
    ...(input.includedData === 'METADATA_ONLY' ? {} : executionData(execution)),
    ...(execution.traceHeader === null ? {} : { traceHeader: execution.traceHeader }),
    redriveCount: execution.redriveCount,
    ...(execution.redriveDate === null ? {} : { redriveDate: epochSeconds(execution.redriveDate) }),
    ...redriveStatus(execution, engine.clock.now()),
  };
});

type Description = Parameters<typeof operations.describeExecution.encode>[0];

function executionData(
  execution: ExecutionRecord,
): Pick<Description, 'input' | 'inputDetails' | 'output' | 'outputDetails' | 'error' | 'cause'> {
  const { input, output, error, cause } = execution;
  return {
    input,
    inputDetails: { included: true },
    ...(output === null ? {} : { output, outputDetails: { included: true } }),
    ...(error === null ? {} : { error }),
    ...(cause === null ? {} : { cause }),
  };
}

/** In AWS's words. */
function redriveStatus(
  execution: ExecutionRecord,
  now: number,
): Pick<Description, 'redriveStatus' | 'redriveStatusReason'> {
  const { status, stopDate } = execution;
  if (status === 'RUNNING' || status === 'SUCCEEDED' || status === 'PENDING_REDRIVE' || stopDate === null) {
    return {
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: `Execution is ${status} and cannot be redriven`,
    };
  }
  if (now - stopDate > REDRIVABLE_MS) {
    return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: 'Execution redrivable period exceeded' };
  }
  return { redriveStatus: 'REDRIVABLE' };
}
