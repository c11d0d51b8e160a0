import { findStateMachine, resourceNotFound } from '@everstep/engine';
import {
  ApiError,
  type MachineTarget,
  type PageScope,
  machineTarget,
  operations,
  positionNumber,
  positionText,
} from '@everstep/protocol';
import { type ApiContext, route } from '../api-context.ts';
import { executionListItem } from '../execution-arns.ts';
import { cutPage, pageSize } from '../paging.ts';

export const listExecutionsRoute = route(operations.listExecutions, async ({ engine, pageTokens }, input) => {
  const { stateMachineArn, mapRunArn, statusFilter } = input;
  if (stateMachineArn === undefined)
    return listChildren({ engine, pageTokens }, { ...input, mapRunArn: mapRunArn ?? '' });
  const scope: PageScope = { operation: 'ListExecutions', arguments: [stateMachineArn, statusFilter] };
  const position = await pageTokens.open(scope, input.nextToken);
  const target = machineTarget(stateMachineArn);
  const machine = await findStateMachine(engine, target.stateMachineArn);
  if (machine.type === 'EXPRESS') {
    throw new ApiError(
      'StateMachineTypeNotSupported',
      `This operation is not supported by this type of state machine: '${stateMachineArn}'`,
    );
  }
  await requireQualifier(engine, target, stateMachineArn);
  const size = pageSize(input.maxResults);
  const read = await engine.store.listExecutions({
    stateMachineArn: target.stateMachineArn,
    ...(target.version === null ? {} : { version: target.version }),
    ...(target.alias === null ? {} : { alias: target.alias }),
    ...(statusFilter === undefined ? {} : { status: statusFilter }),
    ...(position === null
      ? {}
      : {
          after: {
            startDate: positionNumber(position, 'startDate'),
            executionId: positionText(position, 'executionId'),
          },
        }),
    limit: size + 1,
  });
  const { items, last } = cutPage(read, size);
  return {
    executions: items.map(executionListItem),
    ...(last === null
      ? {}
      : {
          nextToken: await pageTokens.seal(scope, { startDate: last.startDate, executionId: last.executionId }),
        }),
  };
});

type Input = ReturnType<typeof operations.listExecutions.decode>;

/** The Standard children of a Map Run, newest first; those of Express have no record. Errors: ResourceNotFound. */
async function listChildren(
  { engine, pageTokens }: Pick<ApiContext, 'engine' | 'pageTokens'>,
  input: Input & { readonly mapRunArn: string },
): Promise<Parameters<typeof operations.listExecutions.encode>[0]> {
  const { mapRunArn, statusFilter, redriveFilter } = input;
  const run = await engine.store.findMapRun(mapRunArn);
  if (run === null) throw resourceNotFound(mapRunArn);
  const scope: PageScope = { operation: 'ListExecutions', arguments: [mapRunArn, statusFilter, redriveFilter] };
  const position = await pageTokens.open(scope, input.nextToken);
  const size = pageSize(input.maxResults);
  const read = await engine.store.listChildren({
    parentId: run.mapRunId,
    ...(statusFilter === undefined ? {} : { status: statusFilter }),
    ...(redriveFilter === undefined ? {} : { redriven: redriveFilter === 'REDRIVEN' }),
    ...(position === null ? {} : { after: positionNumber(position, 'index') }),
    order: 'newest',
    limit: size + 1,
  });
  const { items, last } = cutPage(read, size);
  const index = last?.parent?.taskId;
  return {
    executions: items.map((child) => ({ ...executionListItem(child), mapRunArn })),
    ...(index === undefined ? {} : { nextToken: await pageTokens.seal(scope, { index }) }),
  };
}

/** Errors: ResourceNotFound. */
async function requireQualifier(engine: ApiContext['engine'], target: MachineTarget, arn: string): Promise<void> {
  const { stateMachineArn, version, alias } = target;
  const isVersionMissing = version !== null && (await engine.store.findVersion(stateMachineArn, version)) === null;
  const isAliasMissing = alias !== null && (await engine.store.findAlias(stateMachineArn, alias)) === null;
  if (isVersionMissing || isAliasMissing) throw resourceNotFound(arn);
}
