import type { Command } from 'commander';
import { callApi, type Connection, type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { printableJson } from '../api-client/progress.ts';
import { EXECUTION_HELP, executionArn, machineArn } from '../api-client/references.ts';
import { StartError } from '../start-error.ts';
import { paintFor, printable } from '../terminal/styles.ts';
import { shownTime } from '../terminal/times.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

interface DescribeOptions extends ConnectionOptions {
  readonly json: boolean;
}

export function describeCommand(): Command {
  return withConnection(new UsageCommand('describe'))
    .description('all about an execution, a state machine, version, alias, activity or Map Run')
    .argument('<what>', `${EXECUTION_HELP}; a state machine's name, NAME:VERSION or NAME:ALIAS; any ARN`)
    .option('--json', 'print AWS’s JSON', false)
    .addHelpText('after', '\n  everstep describe orders/order-1000\n  everstep describe orders:PROD')
    .action((what: string, options: DescribeOptions) =>
      callApi(options, async (connection) => {
        const { $metadata: _metadata, ...answer } = await ask(connection, what);
        console.log(options.json ? JSON.stringify(answer) : shown(answer));
        return ExitCode.OK;
      }),
    );
}

type Answer = { readonly $metadata: object };

async function ask(connection: Connection, what: string): Promise<Answer> {
  const { sdk, client } = connection;
  const arn = what.startsWith('arn:')
    ? what
    : await (what.includes('/') ? executionArn(connection, what) : machineArn(connection, what));
  const [, , , , , kind, , qualifier] = arn.split(':');
  switch (kind) {
    case 'execution':
    case 'express':
      return client.send(new sdk.DescribeExecutionCommand({ executionArn: arn }));
    case 'mapRun':
      return client.send(new sdk.DescribeMapRunCommand({ mapRunArn: arn }));
    case 'activity':
      return client.send(new sdk.DescribeActivityCommand({ activityArn: arn }));
    case 'stateMachine':
      return qualifier === undefined || /^\d+$/.test(qualifier)
        ? client.send(new sdk.DescribeStateMachineCommand({ stateMachineArn: arn }))
        : client.send(new sdk.DescribeStateMachineAliasCommand({ stateMachineAliasArn: arn }));
    default:
      throw new StartError(`'${what}' is not the ARN of something that can be described.`);
  }
}

/** Members of AWS's answer that are JSON text, shown as such below the others. */
const DOCUMENTS = new Set(['input', 'output', 'definition']);

function shown(answer: object): string {
  const paint = paintFor(process.stdout);
  const members = Object.entries(answer).filter(([, value]) => value !== undefined);
  const width = Math.max(...members.map(([name]) => name.length)) + 2;
  const lines: string[] = [];
  const documents: string[] = [];
  for (const [name, value] of members) {
    if (DOCUMENTS.has(name) && typeof value === 'string') {
      documents.push(`\n${paint('bold', name)}`, documentText(value));
    } else {
      lines.push(`${paint('dim', name.padEnd(width))}${memberText(value)}`);
    }
  }
  return [...lines, ...documents].join('\n');
}

function memberText(value: unknown): string {
  if (value instanceof Date) return shownTime(value.getTime());
  return printable(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}

function documentText(text: string): string {
  try {
    return printableJson(text);
  } catch {
    // What is no JSON, such as data that this caller must not read, is shown as it came.
    return printable(text);
  }
}
