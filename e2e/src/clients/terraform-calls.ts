import assert from 'node:assert/strict';
import { type Client, type Output, textOf } from './client.ts';
import { callbackDefinition, until, untilGone } from './journey.ts';

const LOGGING = { level: 'OFF', includeExecutionData: false };

/**
 * The calls of Terraform's `aws_sfn_state_machine` in their order: plan, create, read, update until it reads back, and
 * delete until it is gone.
 */
export async function terraformLife(client: Client): Promise<void> {
  const definition = callbackDefinition('planned');
  const request = { definition, type: 'STANDARD' };
  assert.partialDeepStrictEqual(await client.call('ValidateStateMachineDefinition', request), { result: 'OK' });
  const created = await client.call('CreateStateMachine', {
    ...request,
    name: 'terraform',
    roleArn: 'arn:aws:iam::123456789012:role/terraform',
    publish: false,
    loggingConfiguration: LOGGING,
    tracingConfiguration: { enabled: false },
    tags: [{ key: 'managed', value: 'terraform' }],
  });
  const stateMachineArn = textOf(created, 'stateMachineArn');
  const read = async (): Promise<Output> => {
    const described = await client.call('DescribeStateMachine', { stateMachineArn });
    const { stateMachineVersions } = await client.call('ListStateMachineVersions', { stateMachineArn });
    const { tags } = await client.call('ListTagsForResource', { resourceArn: stateMachineArn });
    return { ...described, stateMachineVersions, tags };
  };
  assert.partialDeepStrictEqual(await read(), {
    ...request,
    status: 'ACTIVE',
    loggingConfiguration: LOGGING,
    tracingConfiguration: { enabled: false },
    stateMachineVersions: [],
    tags: [{ key: 'managed', value: 'terraform' }],
  });
  const changed = {
    definition: callbackDefinition('changed'),
    roleArn: 'arn:aws:iam::123456789012:role/changed',
    loggingConfiguration: LOGGING,
    tracingConfiguration: { enabled: true },
  };
  assert.partialDeepStrictEqual(
    await client.call('ValidateStateMachineDefinition', { definition: changed.definition }),
    {
      result: 'OK',
    },
  );
  await client.call('UpdateStateMachine', { stateMachineArn, ...changed, publish: true });
  // Terraform asks until every member reads back as it was written.
  await until(read, (found) =>
    Object.entries(changed).every(([name, value]) => JSON.stringify(found[name]) === JSON.stringify(value)),
  );
  await client.call('UntagResource', { resourceArn: stateMachineArn, tagKeys: ['managed'] });
  await client.call('TagResource', { resourceArn: stateMachineArn, tags: [{ key: 'managed', value: 'again' }] });
  assert.partialDeepStrictEqual(await read(), {
    tags: [{ key: 'managed', value: 'again' }],
    stateMachineVersions: [{}],
  });
  await client.call('DeleteStateMachine', { stateMachineArn });
  await untilGone(client, stateMachineArn);
  await client.close();
}
