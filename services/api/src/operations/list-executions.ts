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
  if (stateMachineArn === undefined) {
    // There are no Map Runs, so none has the ARN.
    throw resourceNotFound(mapRunArn ?? '');
  }
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

/** Errors: ResourceNotFound. */
async function requireQualifier(engine: ApiContext['engine'], target: MachineTarget, arn: string): Promise<void> {
  const { stateMachineArn, version, alias } = target;
  const isVersionMissing = version !== null && (await engine.store.findVersion(stateMachineArn, version)) === null;
  const isAliasMissing = alias !== null && (await engine.store.findAlias(stateMachineArn, alias)) === null;
  if (isVersionMissing || isAliasMissing) throw resourceNotFound(arn);
}
