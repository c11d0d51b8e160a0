import { findActiveStateMachine, resourceNotFound } from '@everstep/engine';
import { type PageScope, aliasArn, epochSeconds, machineTarget, operations, positionText } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { cutPage, pageSize } from '../paging.ts';

export const listStateMachineAliasesRoute = route(
  operations.listStateMachineAliases,
  async ({ engine, pageTokens }, input) => {
    const { stateMachineArn, version, alias } = machineTarget(input.stateMachineArn);
    const scope: PageScope = { operation: 'ListStateMachineAliases', arguments: [input.stateMachineArn] };
    const position = await pageTokens.open(scope, input.nextToken);
    await findActiveStateMachine(engine, stateMachineArn);
    const isUnknown = version !== null && (await engine.store.findVersion(stateMachineArn, version)) === null;
    if (alias !== null || isUnknown) throw resourceNotFound(input.stateMachineArn);
    const size = pageSize(input.maxResults);
    const read = await engine.store.listAliases({
      stateMachineArn,
      ...(version === null ? {} : { version }),
      ...(position === null ? {} : { afterName: positionText(position, 'afterName') }),
      limit: size + 1,
    });
    const { items, last } = cutPage(read, size);
    return {
      stateMachineAliases: items.map(({ name, createdAt }) => ({
        stateMachineAliasArn: aliasArn(stateMachineArn, name),
        creationDate: epochSeconds(createdAt),
      })),
      ...(last === null ? {} : { nextToken: await pageTokens.seal(scope, { afterName: last.name }) }),
    };
  },
);
