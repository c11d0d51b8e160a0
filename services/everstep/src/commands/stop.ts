import type { Command } from 'commander';
import { callApi, type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { EXECUTION_HELP, executionArn } from '../api-client/references.ts';
import { shownTime } from '../terminal/times.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

interface StopOptions extends ConnectionOptions {
  readonly error?: string;
  readonly cause?: string;
}

export function stopCommand(): Command {
  return withConnection(new UsageCommand('stop'))
    .description('abort running executions')
    .argument('<executions...>', EXECUTION_HELP)
    .option('--error <name>', 'the error that its history tells')
    .option('--cause <text>', 'why, for its history')
    .action((executions: string[], options: StopOptions) =>
      callApi(options, async (connection) => {
        const { sdk, client } = connection;
        const { error, cause } = options;
        for (const execution of executions) {
          const arn = await executionArn(connection, execution);
          const request = { executionArn: arn, error, cause };
          const { stopDate } = await client.send(new sdk.StopExecutionCommand(request));
          console.log(`stopped ${shownTime(stopDate?.getTime() ?? null)}  ${arn}`);
        }
        return ExitCode.OK;
      }),
    );
}
