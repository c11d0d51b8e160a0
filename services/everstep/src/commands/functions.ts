import { setTimeout as pause } from 'node:timers/promises';
import { parseJson } from '@everstep/language';
import type { operations } from '@everstep/protocol';
import type { Command } from 'commander';
import { callApi, type Connection, type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { withLambda } from '../api-client/lambda.ts';
import { functionLogs } from '../api-client/own-operations.ts';
import { readText } from '../definition/definition-file.ts';
import { messageOf, StartError } from '../start-error.ts';
import { printable } from '../terminal/styles.ts';
import { textTable } from '../terminal/table.ts';
import { shownTime } from '../terminal/times.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

const HELP = `
A function is a folder of the server: index.mjs, lambda_function.py or a program, and what function.json says about it.
list and invoke work with any server that speaks the Lambda API, logs with Everstep's.

Exit code: 0 done; 1 the function failed; 2 wrong usage; 3 the server refused; 4 the server did not answer.

  everstep functions list
  everstep functions invoke charge --payload '{"total": 5}' --logs
  everstep functions logs charge --follow`;

export function functionsCommand(): Command {
  const functions = new UsageCommand('functions')
    .description('the functions that tasks call: list them, call one, see what it writes')
    .addHelpText('after', HELP);
  functions.addCommand(listCommand());
  functions.addCommand(invokeCommand());
  functions.addCommand(logsCommand());
  return functions;
}

interface ListOptions extends ConnectionOptions {
  readonly versions: boolean;
  readonly json: boolean;
}

function listCommand(): Command {
  return withConnection(new UsageCommand('list'))
    .description('the functions of the server')
    .option('--versions', 'with their published versions', false)
    .option('--json', 'AWS’s JSON, one function a line', false)
    .action((options: ListOptions) => callApi(options, (connection) => list(connection, options)));
}

function list(connection: Connection, { versions, json }: ListOptions): Promise<number> {
  return withLambda(connection, async ({ sdk, client }) => {
    const rows: string[][] = [];
    const request = versions ? { FunctionVersion: sdk.FunctionVersion.ALL } : {};
    for await (const { Functions = [] } of sdk.paginateListFunctions({ client }, request)) {
      for (const found of Functions) {
        if (json) console.log(JSON.stringify(found));
        const { FunctionName = '', Version = '', Runtime = '', Handler = '', MemorySize, Timeout, StateReason } = found;
        const limits = StateReason === undefined ? [`${MemorySize} MB`, `${Timeout} s`] : ['-', '-'];
        const said = [Runtime, Handler].map((text) => (text === '' ? '-' : text));
        rows.push([FunctionName, Version, ...said, ...limits, StateReason ?? 'ready'].map(printable));
      }
    }
    const head = ['NAME', 'VERSION', 'RUNTIME', 'HANDLER', 'MEMORY', 'TIME-OUT', 'STATE'];
    if (!json) console.log(rows.length === 0 ? 'There are no functions.' : textTable(head, rows));
    return ExitCode.OK;
  });
}

interface InvokeOptions extends ConnectionOptions {
  readonly payload: string;
  readonly qualifier?: string;
  readonly event: boolean;
  readonly logs: boolean;
}

function invokeCommand(): Command {
  return withConnection(new UsageCommand('invoke'))
    .description('call a function, and print what it answers')
    .argument('<function>', 'its name or its ARN')
    .option('--payload <json>', 'its event as JSON, @FILE, or @- for the standard input', '{}')
    .option('--qualifier <version>', 'a version or an alias')
    .option('--event', 'hand the event over, and do not wait', false)
    .option('--logs', 'print the end of its log on the standard error output', false)
    .action((name: string, options: InvokeOptions) =>
      callApi(options, (connection) => invoke(connection, name, options)),
    );
}

async function invoke(connection: Connection, FunctionName: string, options: InvokeOptions): Promise<number> {
  const { qualifier, event, logs } = options;
  const payload = await readPayload(options.payload);
  return withLambda(connection, async ({ sdk, client }) => {
    const command = new sdk.InvokeCommand({
      FunctionName,
      ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
      InvocationType: event ? 'Event' : 'RequestResponse',
      LogType: logs ? 'Tail' : 'None',
      Payload: Buffer.from(payload),
    });
    const { FunctionError, LogResult, Payload } = await client.send(command);
    if (LogResult !== undefined) console.error(printableLines(Buffer.from(LogResult, 'base64').toString('utf8')));
    if (!event) console.log(printableLines(Buffer.from(Payload ?? []).toString('utf8')));
    return FunctionError === undefined ? ExitCode.OK : ExitCode.NOT_WELL;
  });
}

async function readPayload(given: string): Promise<string> {
  const text = given.startsWith('@') ? await readText(given.slice(1)) : given;
  try {
    parseJson(text);
  } catch (error) {
    throw new StartError(`The payload is not valid JSON: ${messageOf(error)}`);
  }
  return text;
}

function printableLines(text: string): string {
  return text.trimEnd().split('\n').map(printable).join('\n');
}

interface LogsOptions extends ConnectionOptions {
  readonly limit: string;
  readonly follow: boolean;
  readonly json: boolean;
}

const MAX_LINES = 1_000;
/** How often is looked for more, in milliseconds. */
const LOOK_MS = 500;

function logsCommand(): Command {
  return withConnection(new UsageCommand('logs'))
    .description('what a function has written: time, request, text')
    .argument('<function>', 'its name')
    .option('--limit <count>', 'so many lines at first', '100')
    .option('--follow', 'go on with each line as it comes, until Ctrl-C', false)
    .option('--json', 'one JSON object a line, with the execution’s ARN', false)
    .action((name: string, options: LogsOptions) => callApi(options, (connection) => logs(connection, name, options)));
}

async function logs(connection: Connection, functionName: string, options: LogsOptions): Promise<number> {
  const limit = Number(options.limit);
  if (!/^\d{1,4}$/.test(options.limit) || limit < 1 || limit > MAX_LINES) {
    throw new StartError(`--limit: '${options.limit}' is not a number from 1 to ${MAX_LINES}.`);
  }
  let page = await functionLogs(connection, { functionName, maxResults: limit });
  for (;;) {
    for (const event of page.events) console.log(options.json ? JSON.stringify(event) : lineOf(event));
    if (!options.follow) return ExitCode.OK;
    if (page.events.length === 0) await pause(LOOK_MS);
    page = await functionLogs(connection, { functionName, maxResults: MAX_LINES, nextToken: page.nextToken });
  }
}

function lineOf({ timestamp, requestId, message }: operations.FunctionLogEvent): string {
  return `${shownTime(timestamp * 1_000)}  ${requestId?.slice(0, 8) ?? '-'.repeat(8)}  ${printable(message)}`;
}
