import type { ExecutionStatus } from '@aws-sdk/client-sfn';
import { type Command, Option } from 'commander';
import { callApi, type Connection, type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { searchedExecutions } from '../api-client/own-operations.ts';
import { machineArn, MACHINE_HELP, machines } from '../api-client/references.ts';
import { StartError } from '../start-error.ts';
import { textTable } from '../terminal/table.ts';
import { shownTime } from '../terminal/times.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

interface ListOptions extends ConnectionOptions {
  readonly status?: ExecutionStatus;
  readonly name?: string;
  readonly input?: string;
  readonly limit: string;
  readonly activities: boolean;
  readonly json: boolean;
}

const MAX_ROWS = 100_000;
const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

export function listCommand(): Command {
  return withConnection(new UsageCommand('list'))
    .description('state machines, or the executions of one, newest first')
    .argument('[machine]', `list the executions of ${MACHINE_HELP}`)
    .addOption(new Option('--status <status>', 'only executions that are so').choices(STATUSES))
    .option('--name <part>', 'only executions whose name has this in it')
    .option('--input <conditions>', 'only executions whose input has these values')
    .option('--limit <count>', 'so many at most', '100')
    .option('--activities', 'list activities instead', false)
    .option('--json', 'one JSON object a line', false)
    .addHelpText(
      'after',
      `\n  everstep list\n  everstep list orders --status FAILED --limit 20\n  everstep list orders --input 'orderId = 42 and customer.name = "Ann"'`,
    )
    .action((machine: string | undefined, options: ListOptions) =>
      callApi(options, (connection) => list(connection, machine, options)),
    );
}

interface Listing {
  readonly head: readonly string[];
  readonly rows: AsyncIterable<Row>;
  readonly none: string;
}

interface Row {
  readonly cells: readonly string[];
  readonly item: object;
}

async function list(connection: Connection, machine: string | undefined, options: ListOptions): Promise<number> {
  const limit = Number(options.limit);
  if (!/^\d{1,6}$/.test(options.limit) || limit < 1 || limit > MAX_ROWS) {
    throw new StartError(`--limit: '${options.limit}' is not a number from 1 to ${MAX_ROWS}.`);
  }
  const about = (['status', 'name', 'input'] as const).find((one) => options[one] !== undefined);
  if (machine === undefined && about !== undefined) {
    throw new StartError(`--${about} is about executions: name their state machine.`);
  }
  const { head, rows, none } = await listing(connection, machine, options);
  const found: Row[] = [];
  let isCut = false;
  for await (const row of rows) {
    isCut = found.length === limit;
    if (isCut) break;
    found.push(row);
  }
  if (options.json) {
    for (const { item } of found) console.log(JSON.stringify(item));
    return ExitCode.OK;
  }
  const cells = found.map((row) => row.cells);
  console.log(found.length === 0 ? none : textTable(head, cells));
  if (isCut) console.error(`There are more than these ${limit}; --limit shows more.`);
  return ExitCode.OK;
}

async function listing(connection: Connection, machine: string | undefined, options: ListOptions): Promise<Listing> {
  if (options.activities) {
    return { head: ['NAME', 'CREATED', 'ARN'], rows: activityRows(connection), none: 'There are no activities.' };
  }
  if (machine === undefined) {
    const head = ['NAME', 'TYPE', 'CREATED', 'ARN'];
    return { head, rows: machineRows(connection), none: 'There are no state machines.' };
  }
  const stateMachineArn = await machineArn(connection, machine);
  const head = ['NAME', 'STATUS', 'STARTED', 'ENDED', 'REDRIVES', 'ARN'];
  const isSearch = options.name !== undefined || options.input !== undefined;
  const rows = (isSearch ? searchRows : executionRows)(connection, stateMachineArn, options);
  return { head, rows, none: 'There are no such executions.' };
}

async function* machineRows(connection: Connection): AsyncGenerator<Row> {
  for await (const { arn, name, type, createdAt } of machines(connection)) {
    const item = { stateMachineArn: arn, name, type, creationDate: shownTime(createdAt) };
    yield { cells: [name, type, shownTime(createdAt), arn], item };
  }
}

async function* activityRows({ sdk, client }: Connection): AsyncGenerator<Row> {
  for await (const { activities = [] } of sdk.paginateListActivities({ client }, {})) {
    for (const item of activities) {
      yield { cells: [item.name ?? '', timeOf(item.creationDate), item.activityArn ?? ''], item };
    }
  }
}

async function* executionRows(
  { sdk, client }: Connection,
  stateMachineArn: string,
  { status, limit }: ListOptions,
): AsyncGenerator<Row> {
  const request = { stateMachineArn, ...(status === undefined ? {} : { statusFilter: status }) };
  const pageSize = Math.min(1000, Number(limit) + 1);
  for await (const { executions = [] } of sdk.paginateListExecutions({ client, pageSize }, request)) {
    for (const item of executions) {
      const times = [timeOf(item.startDate), timeOf(item.stopDate)];
      const redrives = String(item.redriveCount ?? 0);
      yield { cells: [item.name ?? '', item.status ?? '', ...times, redrives, item.executionArn ?? ''], item };
    }
  }
}

async function* searchRows(
  connection: Connection,
  stateMachineArn: string,
  { status, name, input, limit }: ListOptions,
): AsyncGenerator<Row> {
  const query = {
    stateMachineArn,
    maxResults: Math.min(1000, Number(limit) + 1),
    ...(status === undefined ? {} : { statusFilter: [status] }),
    ...(name === undefined ? {} : { nameContains: name }),
    ...(input === undefined ? {} : { inputFilter: input }),
  };
  let notSearched = 0;
  for await (const page of searchedExecutions(connection, query)) {
    notSearched += page.notSearched ?? 0;
    for (const item of page.executions) {
      const times = [item.startDate, item.stopDate].map((at) => shownTime(at === undefined ? null : at * 1_000));
      yield { cells: [item.name, item.status, ...times, String(item.redriveCount), item.executionArn], item };
    }
  }
  if (notSearched > 0) console.error(`Encrypted inputs are not searched: ${notSearched} executions were left out.`);
}

function timeOf(date: Date | undefined): string {
  return shownTime(date?.getTime() ?? null);
}
