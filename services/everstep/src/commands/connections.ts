import type { ConnectionState, DescribeConnectionResponse } from '@aws-sdk/client-eventbridge';
import type { Command } from 'commander';
import { type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { callEvents, type EventsConnection } from '../api-client/events-connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { authOptions, type AuthOptions, readAuthorization } from '../api-client/connection-authorization.ts';
import { StartError } from '../start-error.ts';
import { textTable } from '../terminal/table.ts';
import { shownTime } from '../terminal/times.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

const HELP = `
A password, key or client secret is typed, or comes from the standard input or from --secret-file; it is no option,
because the list of processes would show it. --parameters takes all of EventBridge's AuthParameters as JSON.

  everstep connections create stock --basic ada
  everstep connections create mail --api-key X-Api-Key --header 'X-Shop: 7' < key.txt
  everstep connections create bank --oauth everstep --token-url https://login.example.com/token
  everstep connections update bank --secret-file new-secret.txt`;

export function connectionsCommand(): Command {
  const command = new UsageCommand('connections')
    .description('the credentials of services that HTTP Tasks call')
    .addHelpText('after', HELP);
  command.addCommand(createCommand());
  command.addCommand(listCommand());
  command.addCommand(
    naming('describe', 'one, without its secrets')
      .option('--json', 'AWS’s own JSON', false)
      .action((name: string, options: ConnectionOptions & JsonOption) =>
        callEvents(options, (connection) => describe(connection, name, options)),
      ),
  );
  command.addCommand(updateCommand());
  command.addCommand(
    naming('deauthorize', 'take its secrets out, and let no task use it until it gets new ones').action(
      (name: string, options: ConnectionOptions) =>
        callEvents(options, async ({ sdk, client }) => {
          await client.send(new sdk.DeauthorizeConnectionCommand({ Name: name }));
          console.log(`${name} has no secrets any more.`);
          return ExitCode.OK;
        }),
    ),
  );
  command.addCommand(
    naming('delete', 'remove it for good').action((name: string, options: ConnectionOptions) =>
      callEvents(options, async ({ sdk, client }) => {
        await client.send(new sdk.DeleteConnectionCommand({ Name: name }));
        console.log(`${name} is deleted.`);
        return ExitCode.OK;
      }),
    ),
  );
  return command;
}

interface JsonOption {
  readonly json: boolean;
}

function naming(word: string, description: string): Command {
  return withConnection(new UsageCommand(word)).description(description).argument('<name>', 'the connection’s name');
}

type WriteOptions = ConnectionOptions & AuthOptions & JsonOption & { readonly description?: string };

function createCommand(): Command {
  return authOptions(naming('create', 'make one, and print its ARN'))
    .option('--description <text>', 'what it is for')
    .option('--json', 'print AWS’s answer', false)
    .action((name: string, options: WriteOptions) =>
      callEvents(options, async ({ sdk, client }) => {
        const given = await readAuthorization(options, null);
        if (given === null) throw new StartError('Say how it authorizes: --basic, --api-key, --oauth or --parameters.');
        const request = { Name: name, ...description(options), ...given };
        const { $metadata: _metadata, ...answer } = await client.send(new sdk.CreateConnectionCommand(request));
        console.log(options.json ? JSON.stringify(answer) : (answer.ConnectionArn ?? ''));
        return stateCode(name, answer.ConnectionState);
      }),
    );
}

function updateCommand(): Command {
  return authOptions(naming('update', 'change it; what is not given stays'))
    .option('--description <text>', 'what it is for')
    .option('--json', 'print AWS’s answer', false)
    .action((name: string, options: WriteOptions) =>
      callEvents(options, async ({ sdk, client }) => {
        const present = await client.send(new sdk.DescribeConnectionCommand({ Name: name }));
        const given = await readAuthorization(options, present);
        const request = { Name: name, ...description(options), ...given };
        const { $metadata: _metadata, ...answer } = await client.send(new sdk.UpdateConnectionCommand(request));
        console.log(options.json ? JSON.stringify(answer) : `${name} is changed.`);
        return stateCode(name, answer.ConnectionState);
      }),
    );
}

function description(options: WriteOptions): { Description?: string } {
  return options.description === undefined ? {} : { Description: options.description };
}

/** Where the authorization endpoint refused, the connection is there, but no task can use it. */
function stateCode(name: string, state: ConnectionState | undefined): number {
  if (state !== 'DEAUTHORIZED') return ExitCode.OK;
  console.error(`It is not authorized: \`everstep connections describe ${name}\` tells why.`);
  return ExitCode.NOT_WELL;
}

interface ListOptions extends ConnectionOptions, JsonOption {
  readonly prefix?: string;
}

function listCommand(): Command {
  return withConnection(new UsageCommand('list'))
    .description('all of them, by name')
    .option('--prefix <text>', 'only those whose name begins so')
    .option('--json', 'one of AWS’s JSON objects a line', false)
    .action((options: ListOptions) => callEvents(options, (connection) => list(connection, options)));
}

async function list({ sdk, client }: EventsConnection, { prefix, json }: ListOptions): Promise<number> {
  const rows: string[][] = [];
  let token: string | undefined;
  do {
    const query = { NamePrefix: prefix, NextToken: token };
    const { Connections: found = [], NextToken } = await client.send(new sdk.ListConnectionsCommand(query));
    for (const item of found) {
      if (json) console.log(JSON.stringify(item));
      const {
        Name = '',
        AuthorizationType = '',
        ConnectionState: state = '',
        LastModifiedTime,
        ConnectionArn = '',
      } = item;
      rows.push([Name, AuthorizationType, state, shownTime(LastModifiedTime?.getTime() ?? null), ConnectionArn]);
    }
    token = NextToken;
  } while (token !== undefined);
  const head = ['NAME', 'AUTHORIZATION', 'STATE', 'CHANGED', 'ARN'];
  if (!json) console.log(rows.length === 0 ? 'There are no connections.' : textTable(head, rows));
  return ExitCode.OK;
}

async function describe({ sdk, client }: EventsConnection, name: string, { json }: JsonOption): Promise<number> {
  const { $metadata: _metadata, ...answer } = await client.send(new sdk.DescribeConnectionCommand({ Name: name }));
  console.log(json ? JSON.stringify(answer) : shown(answer));
  return ExitCode.OK;
}

function shown(connection: DescribeConnectionResponse): string {
  const time = (date: Date | undefined): string => shownTime(date?.getTime() ?? null);
  const state = [connection.ConnectionState ?? '', connection.StateReason ?? ''].filter((text) => text !== '');
  const rows = [
    ['name', connection.Name ?? ''],
    ['arn', connection.ConnectionArn ?? ''],
    ['description', connection.Description ?? ''],
    ['authorization', connection.AuthorizationType ?? ''],
    ['state', state.join(': ')],
    ['created', time(connection.CreationTime)],
    ['changed', time(connection.LastModifiedTime)],
    ['authorized', time(connection.LastAuthorizedTime)],
    ['parameters', JSON.stringify(connection.AuthParameters ?? {})],
  ];
  const [head = [], ...rest] = rows.filter(([, value]) => value !== '');
  return textTable(head, rest);
}
