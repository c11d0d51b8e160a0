import { existsSync, writeFileSync } from 'node:fs';
import { mermaidText, type StateStatus, stateGraph, stateStatuses, svgText } from '@everstep/graph';
import { type Command, Option } from 'commander';
import { callApi, type Connection, type ConnectionOptions, withConnection } from '../api-client/connection.ts';
import { ExitCode } from '../api-client/exit-codes.ts';
import { eventsAfter, shownEvent } from '../api-client/history.ts';
import { EXECUTION_HELP, executionArn, machineArn } from '../api-client/references.ts';
import { readDefinition } from '../definition/definition-file.ts';
import { graphText } from '../graph/text-graph.ts';
import { codeOf, messageOf, StartError } from '../start-error.ts';
import { paintFor } from '../terminal/styles.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

interface GraphOptions extends ConnectionOptions {
  readonly format: 'text' | 'svg' | 'mermaid' | 'png';
  readonly output?: string;
}

const HELP = `
Of an execution, what it has done is coloured: green what succeeded, blue what runs, red what it failed in.

  everstep graph orders.asl.json
  everstep graph orders --format svg --output orders.svg
  everstep graph orders/order-1000 --format png --output order.png`;

export function graphCommand(): Command {
  return withConnection(new UsageCommand('graph'))
    .description('the graph of a definition, a state machine or an execution')
    .argument('<what>', `a definition’s file, - for the standard input; a state machine; ${EXECUTION_HELP}`)
    .addOption(new Option('--format <format>', 'its form').choices(['text', 'svg', 'mermaid', 'png']).default('text'))
    .option('--output <file>', 'write it there')
    .addHelpText('after', HELP)
    .action((what: string, options: GraphOptions) => callApi(options, (connection) => draw(connection, what, options)));
}

async function draw(connection: Connection, what: string, { format, output }: GraphOptions): Promise<number> {
  if (format === 'png' && output === undefined) throw new StartError('A picture in PNG needs --output FILE.');
  const { definition, statuses } = await read(connection, what);
  const drawn = await render(definition, statuses, format, output === undefined);
  if (output === undefined) console.log(drawn);
  else write(output, typeof drawn === 'string' ? `${drawn}\n` : drawn);
  return ExitCode.OK;
}

interface Drawn {
  readonly definition: string;
  readonly statuses: ReadonlyMap<string, StateStatus>;
}

async function read(connection: Connection, what: string): Promise<Drawn> {
  const { sdk, client } = connection;
  if (what === '-' || existsSync(what)) {
    const { json, name, problems } = await readDefinition(what);
    if (json === null) throw new StartError(`${name} is not valid YAML: ${problems[0]?.message ?? ''}`);
    return { definition: json, statuses: new Map() };
  }
  const isExecution = what.startsWith('arn:') ? what.split(':')[5] === 'execution' : what.includes('/');
  if (!isExecution) {
    const stateMachineArn = await machineArn(connection, what);
    const { definition = '' } = await client.send(new sdk.DescribeStateMachineCommand({ stateMachineArn }));
    return { definition, statuses: new Map() };
  }
  const request = { executionArn: await executionArn(connection, what) };
  const { status } = await client.send(new sdk.DescribeExecutionCommand(request));
  const { definition = '' } = await client.send(new sdk.DescribeStateMachineForExecutionCommand(request));
  const options = { afterId: 0, includeExecutionData: false };
  const events = await eventsAfter(connection, request.executionArn, options);
  return { definition, statuses: stateStatuses(events.map(shownEvent), status === 'RUNNING') };
}

async function render(
  definition: string,
  statuses: ReadonlyMap<string, StateStatus>,
  format: GraphOptions['format'],
  isForPeople: boolean,
): Promise<string | Uint8Array> {
  const graph = readGraph(definition);
  switch (format) {
    case 'text':
      return graphText(graph, statuses, isForPeople ? paintFor(process.stdout) : (_style, text) => text);
    case 'mermaid':
      return mermaidText(graph, statuses);
    case 'svg':
      return svgText(graph, statuses);
    case 'png':
      return pngOf(svgText(graph, statuses));
  }
}

function readGraph(definition: string): ReturnType<typeof stateGraph> {
  try {
    return stateGraph(definition);
  } catch (error) {
    throw new StartError(`The definition is not valid JSON: ${messageOf(error)}`);
  }
}

/** Letters come from the fonts of the machine. */
async function pngOf(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js').catch((error: unknown) => {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new StartError('Drawing PNG needs the package @resvg/resvg-js; install it beside Everstep, or take svg.');
  });
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: 2 }, font: { loadSystemFonts: true } }).render().asPng();
}

function write(path: string, data: string | Uint8Array): void {
  try {
    writeFileSync(path, data);
  } catch (error) {
    throw new StartError(`Cannot write ${path}: ${messageOf(error)}`);
  }
}
