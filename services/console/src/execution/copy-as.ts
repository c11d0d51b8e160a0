import type { operations } from '@everstep/protocol';

/** The start of an execution, as others would write it. */
export function asCli({ stateMachineArn, stateMachineAliasArn }: Started, input: string): string {
  const arn = stateMachineAliasArn ?? stateMachineArn;
  return `aws stepfunctions start-execution --endpoint-url ${location.origin} \\\n  --state-machine-arn ${quoted(arn)} \\\n  --input ${quoted(input)}`;
}

export function asEverstep({ stateMachineArn, stateMachineAliasArn }: Started, input: string): string {
  return `everstep start ${quoted(stateMachineAliasArn ?? stateMachineArn)} --endpoint ${location.origin} --input ${quoted(input)} --wait`;
}

export function asSdk({ stateMachineArn, stateMachineAliasArn }: Started, input: string): string {
  const arn = stateMachineAliasArn ?? stateMachineArn;
  return [
    "import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';",
    '',
    `const client = new SFNClient({ endpoint: ${JSON.stringify(location.origin)}, disableHostPrefix: true });`,
    'await client.send(',
    '  new StartExecutionCommand({',
    `    stateMachineArn: ${JSON.stringify(arn)},`,
    `    input: ${JSON.stringify(input)},`,
    '  }),',
    ');',
  ].join('\n');
}

type Started = Pick<operations.DescribeExecutionOutput, 'stateMachineArn' | 'stateMachineAliasArn'>;

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w:./@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
