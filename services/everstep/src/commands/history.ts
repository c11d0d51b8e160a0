import type { Command } from 'commander';
import { callApi, type Connection, type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { eventsAfter } from '../api-client/history.ts';
import { Progress } from '../api-client/progress.ts';
import { EXECUTION_HELP, executionArn } from '../api-client/references.ts';
import { UsageCommand } from '../terminal/usage-command.ts';
import { watch } from './start.ts';

interface HistoryOptions extends ConnectionOptions {
  readonly follow: boolean;
  readonly data: boolean;
  readonly json: boolean;
}

const HELP = `
Each line: the time since the start, the event's id and type, its state, and its data in short.

Exit code: 0 shown; with --follow 0 it succeeded and 1 it ended otherwise; 2 wrong usage; 3 the server refused;
4 the server did not answer.`;

export function historyCommand(): Command {
  return withConnection(new UsageCommand('history'))
    .description('the events of an execution')
    .argument('<execution>', EXECUTION_HELP)
    .option('--follow', 'go on with each event as it comes, to the end', false)
    .option('--no-data', 'leave inputs and outputs out')
    .option('--json', "print the events in AWS's shape, one a line", false)
    .addHelpText('after', HELP)
    .action((execution: string, options: HistoryOptions) =>
      callApi(options, (connection) => history(connection, execution, options)),
    );
}

async function history(connection: Connection, execution: string, options: HistoryOptions): Promise<number> {
  const arn = await executionArn(connection, execution);
  if (options.follow) return watch(connection, arn, options);
  const events = await eventsAfter(connection, arn, { afterId: 0, includeExecutionData: options.data });
  new Progress({ asJson: options.json }).print(events);
  return ExitCode.OK;
}
