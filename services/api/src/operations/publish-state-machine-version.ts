import { publishStateMachineVersion } from '@everstep/engine';
import { epochSeconds, operations, versionArn } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const publishStateMachineVersionRoute = route(
  operations.publishStateMachineVersion,
  async ({ engine }, input) => {
    const { stateMachineArn, version, createdAt } = await publishStateMachineVersion(engine, input);
    return { creationDate: epochSeconds(createdAt), stateMachineVersionArn: versionArn(stateMachineArn, version) };
  },
);
