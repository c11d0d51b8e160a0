import { parseJson } from '@everstep/language';
import type { Command } from 'commander';
import { callApi, type Connection, type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { findWaiting, isExecution, pickTask, type PickOptions, taskTable } from '../api-client/pick-task.ts';
import { readText } from '../definition/definition-file.ts';
import { messageOf, StartError } from '../start-error.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

interface ApproveOptions extends ConnectionOptions, PickOptions {
  readonly output: string;
  readonly list: boolean;
}

export const WHICH_HELP = `
Without a token or an execution it shows all that wait and asks which one is meant. An execution that waits for several
callbacks, as in a Parallel state, is asked about as well. Only servers of Everstep can list what waits; a token alone
works with any.

Exit code: 0 decided; 2 nothing waits there, or it is not clear which one is meant; 3 the server refused, such as a
token whose task has timed out; 4 the server did not answer.`;

export const WHICH_ARGUMENT = 'a task token, or the execution that waits: its ARN, or MACHINE/NAME';

export function approveCommand(): Command {
  return withConnection(new UsageCommand('approve'))
    .description('let a task that waits for a callback succeed')
    .argument('[which]', WHICH_ARGUMENT)
    .option('--output <json>', 'what the task answers: JSON, @FILE, or @- for the standard input', '{"approved":true}')
    .option('--machine <machine>', 'pick among the tasks of one state machine')
    .option('--list', 'only show what waits', false)
    .addHelpText('after', WHICH_HELP)
    .action((which: string | undefined, options: ApproveOptions) =>
      callApi(options, (connection) => approve(connection, which, options)),
    );
}

async function approve(connection: Connection, which: string | undefined, options: ApproveOptions): Promise<number> {
  const { sdk, client } = connection;
  if (options.list) {
    const tasks = await findWaiting(connection, which, options);
    console.log(tasks.length === 0 ? 'Nothing waits for a callback.' : taskTable(tasks));
    return ExitCode.OK;
  }
  const output = await readOutput(options.output);
  const { taskToken, what } = await chosen(connection, which, options);
  await client.send(new sdk.SendTaskSuccessCommand({ taskToken, output }));
  console.log(`approved: ${what}`);
  return ExitCode.OK;
}

/** The task that the user means, and how to call it. */
export async function chosen(
  connection: Connection,
  which: string | undefined,
  options: PickOptions,
): Promise<{ readonly taskToken: string; readonly what: string }> {
  if (which !== undefined && !isExecution(which)) return { taskToken: which, what: 'the task of the token' };
  const { taskToken, stateName, executionArn } = await pickTask(await findWaiting(connection, which, options));
  return { taskToken, what: `${stateName} of ${executionArn}` };
}

async function readOutput(given: string): Promise<string> {
  const text = given.startsWith('@') ? await readText(given.slice(1)) : given;
  try {
    parseJson(text);
  } catch (error) {
    throw new StartError(`The output is not valid JSON: ${messageOf(error)}`);
  }
  return text;
}
