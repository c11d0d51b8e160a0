import { parseJson } from '@everstep/language';
import type { Command } from 'commander';
import { callApi, type Connection, type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { followExecution } from '../api-client/follow.ts';
import { endText, Progress } from '../api-client/progress.ts';
import { machineArn, MACHINE_HELP } from '../api-client/references.ts';
import { readText } from '../definition/definition-file.ts';
import { messageOf, StartError } from '../start-error.ts';
import { parseDuration } from '../terminal/times.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

interface StartOptions extends ConnectionOptions {
  readonly input: string;
  readonly name?: string;
  readonly wait: boolean;
  readonly timeout?: string;
  readonly json: boolean;
}

const HELP = `
Without --wait it prints the execution's ARN. With --wait it shows each event as it comes, and on a terminal the states
that run at the moment; Ctrl-C ends the watching, not the execution. An Express machine with --wait runs synchronously.

Exit code: 0 it was started, or with --wait it succeeded; 1 it ended otherwise, or the time was over; 2 wrong usage;
3 the server refused; 4 the server did not answer.

  everstep start orders --input @order.json --wait
  everstep start orders:PROD --name order-1000`;

export function startCommand(): Command {
  return withConnection(new UsageCommand('start'))
    .description('start an execution, and watch it with --wait')
    .argument('<machine>', MACHINE_HELP)
    .option('--input <json>', 'its input as JSON, @FILE, or @- for the standard input', '{}')
    .option('--name <name>', 'its name; one that is taken by the same input answers the same execution')
    .option('--wait', 'watch it to its end', false)
    .option('--timeout <time>', 'with --wait: give up watching after 90s, 15m, 12h')
    .option('--json', 'print AWS’s JSON: the answer, or with --wait one event a line and last the execution', false)
    .addHelpText('after', HELP)
    .action((machine: string, options: StartOptions) =>
      callApi(options, (connection) => start(connection, machine, options)),
    );
}

async function start(connection: Connection, machine: string, options: StartOptions): Promise<number> {
  const { sdk, client } = connection;
  const input = await readInput(options.input);
  const timeoutMs = options.timeout === undefined ? undefined : parseDuration('--timeout', options.timeout);
  const stateMachineArn = await machineArn(connection, machine);
  const request = { stateMachineArn, input, ...(options.name === undefined ? {} : { name: options.name }) };
  if (options.wait && (await isExpress(connection, stateMachineArn))) {
    const ended = await client.send(new sdk.StartSyncExecutionCommand(request));
    const { $metadata: _metadata, ...answer } = ended;
    console.log(options.json ? JSON.stringify(answer) : endText(ended));
    return ended.status === 'SUCCEEDED' ? ExitCode.OK : ExitCode.NOT_WELL;
  }
  const { executionArn = '', startDate } = await client.send(new sdk.StartExecutionCommand(request));
  if (!options.wait) {
    console.log(options.json ? JSON.stringify({ executionArn, startDate }) : executionArn);
    return ExitCode.OK;
  }
  if (!options.json) console.log(executionArn);
  return watch(connection, executionArn, { json: options.json, timeoutMs });
}

/** Shows an execution's events as they come, to its end; answers the exit code. */
export async function watch(
  connection: Connection,
  executionArn: string,
  options: { readonly json: boolean; readonly timeoutMs?: number | undefined; readonly afterId?: number },
): Promise<number> {
  const progress = new Progress({ asJson: options.json });
  const ended = await followExecution(connection, executionArn, {
    onEvents: (events) => progress.print(events),
    onLook: (execution) => progress.tell(execution),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ...(options.afterId === undefined ? {} : { afterId: options.afterId }),
  });
  if (ended === null) {
    console.error(`\nIt still runs; \`everstep history --follow ${executionArn}\` goes on watching.`);
    return ExitCode.NOT_WELL;
  }
  progress.end(ended);
  const { $metadata: _metadata, ...description } = ended;
  if (options.json) console.log(JSON.stringify(description));
  return ended.status === 'SUCCEEDED' ? ExitCode.OK : ExitCode.NOT_WELL;
}

async function isExpress({ sdk, client }: Connection, stateMachineArn: string): Promise<boolean> {
  const { type } = await client.send(
    new sdk.DescribeStateMachineCommand({ stateMachineArn: unqualified(stateMachineArn) }),
  );
  return type === 'EXPRESS';
}

function unqualified(arn: string): string {
  return arn.split(':').slice(0, 7).join(':');
}

async function readInput(given: string): Promise<string> {
  const text = given.startsWith('@') ? await readText(given.slice(1)) : given;
  try {
    parseJson(text);
  } catch (error) {
    throw new StartError(`The input is not valid JSON: ${messageOf(error)}`);
  }
  return text;
}
