import { findStateMachineAlias } from '@everstep/engine';
import { epochSeconds, operations, versionArn } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const describeStateMachineAliasRoute = route(operations.describeStateMachineAlias, async ({ engine }, input) => {
  const alias = await findStateMachineAlias(engine, input.stateMachineAliasArn);
  return {
    stateMachineAliasArn: input.stateMachineAliasArn,
    name: alias.name,
    ...(alias.description === null ? {} : { description: alias.description }),
    routingConfiguration: alias.routes.map(({ version, weight }) => ({
      stateMachineVersionArn: versionArn(alias.stateMachineArn, version),
      weight,
    })),
    creationDate: epochSeconds(alias.createdAt),
    updateDate: epochSeconds(alias.updatedAt),
  };
});
