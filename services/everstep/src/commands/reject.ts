import type { Command } from 'commander';
import { callApi, type Connection, type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import type { PickOptions } from '../api-client/pick-task.ts';
import { UsageCommand } from '../terminal/usage-command.ts';
import { chosen, WHICH_ARGUMENT, WHICH_HELP } from './approve.ts';

interface RejectOptions extends ConnectionOptions, PickOptions {
  readonly error: string;
  readonly cause?: string;
}

export function rejectCommand(): Command {
  return withConnection(new UsageCommand('reject'))
    .description('let a task that waits for a callback fail')
    .argument('[which]', WHICH_ARGUMENT)
    .option('--error <name>', 'the error, which Catch and Retry see', 'Rejected')
    .option('--cause <text>', 'why')
    .option('--machine <machine>', 'pick among the tasks of one state machine')
    .addHelpText('after', WHICH_HELP)
    .action((which: string | undefined, options: RejectOptions) =>
      callApi(options, (connection) => reject(connection, which, options)),
    );
}

async function reject(connection: Connection, which: string | undefined, options: RejectOptions): Promise<number> {
  const { sdk, client } = connection;
  const { error, cause } = options;
  const { taskToken, what } = await chosen(connection, which, options);
  await client.send(new sdk.SendTaskFailureCommand({ taskToken, error, cause }));
  console.log(`rejected: ${what}`);
  return ExitCode.OK;
}
