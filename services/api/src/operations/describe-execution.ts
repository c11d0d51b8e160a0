import { type ExecutionRecord, isMapChild, mapRunArnOf, reasonNotToRedrive } from '@everstep/engine';
import { epochSeconds, operations } from '@everstep/protocol';
import { type ApiContext, route } from '../api-context.ts';
import { describeQualifier } from '../execution-arns.ts';
import { findExecution } from '../find-execution.ts';

export const describeExecutionRoute = route(operations.describeExecution, async ({ engine }, input) => {
  const execution = await findExecution(engine.store, input.executionArn);
  const mapRunArn = mapRunArnOf(execution);
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
    ...(mapRunArn === null ? {} : { mapRunArn }),
    ...(await redriveStatus(engine, execution)),
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

async function redriveStatus(
  engine: ApiContext['engine'],
  execution: ExecutionRecord,
): Promise<Pick<Description, 'redriveStatus' | 'redriveStatusReason'>> {
  const isUnsuccessful = !['RUNNING', 'SUCCEEDED'].includes(execution.status);
  if (isMapChild(execution) && isUnsuccessful) return { redriveStatus: 'REDRIVABLE_BY_MAP_RUN' };
  const redriveStatusReason = await reasonNotToRedrive(engine, execution);
  if (redriveStatusReason === null) return { redriveStatus: 'REDRIVABLE' };
  return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason };
}
