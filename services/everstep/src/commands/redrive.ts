import type { Command } from 'commander';
import { callApi, type Connection, type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { EXECUTION_HELP, executionArn } from '../api-client/references.ts';
import { shownTime } from '../terminal/times.ts';
import { UsageCommand } from '../terminal/usage-command.ts';
import { watch } from './start.ts';

interface RedriveOptions extends ConnectionOptions {
  readonly wait: boolean;
  readonly json: boolean;
}

export function redriveCommand(): Command {
  return withConnection(new UsageCommand('redrive'))
    .description('let an execution that did not succeed go on from where it failed')
    .argument('<execution>', EXECUTION_HELP)
    .option('--wait', 'watch it to its end; the exit code is 1 where it does not succeed', false)
    .option('--json', 'with --wait: one event a line in AWS’s shape, and last the execution', false)
    .action((execution: string, options: RedriveOptions) =>
      callApi(options, (connection) => redrive(connection, execution, options)),
    );
}

async function redrive(connection: Connection, execution: string, options: RedriveOptions): Promise<number> {
  const { sdk, client } = connection;
  const arn = await executionArn(connection, execution);
  const last = await client.send(
    new sdk.GetExecutionHistoryCommand({ executionArn: arn, reverseOrder: true, maxResults: 1 }),
  );
  const { redriveDate } = await client.send(new sdk.RedriveExecutionCommand({ executionArn: arn }));
  if (!options.json) console.log(`redriven ${shownTime(redriveDate?.getTime() ?? null)}  ${arn}`);
  if (!options.wait) return ExitCode.OK;
  return watch(connection, arn, { json: options.json, afterId: last.events?.[0]?.id ?? 0 });
}
