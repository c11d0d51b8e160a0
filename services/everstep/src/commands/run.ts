import { type HistoryEvent, nearest, type StateMachine, parseJson, parseStateMachine } from '@everstep/language';
import { type operations, epochSeconds } from '@everstep/protocol';
import { type Command, Option } from 'commander';
import { type DefinitionFile, readDefinition, readText } from '../definition/definition-file.ts';
import { asMapRunEvent, prepareDistributedMaps } from '../offline/distributed-map.ts';
import { offlineFacts } from '../offline/facts.ts';
import { EventStates, HistoryLines, duration, eventAsJson, prettyJson } from '../offline/history-printer.ts';
import { Mocks, readMocks } from '../offline/mocks.ts';
import { type OfflineResult, OfflineRunError, runOffline } from '../offline/offline-run.ts';
import { StartError } from '../start-error.ts';
import { paintFor, printable } from '../terminal/styles.ts';
import { UsageCommand } from '../terminal/usage-command.ts';
import { type MachineType, findProblems } from '../validate/finding.ts';
import { fileReport } from '../validate/report.ts';

interface RunOptions {
  readonly input: string;
  readonly mocks?: string;
  readonly realTime: boolean;
  readonly json: boolean;
  readonly name: string;
  readonly type: MachineType;
  readonly startTime?: string;
}

const HELP = `
FILE is a definition in JSON or YAML; - reads the standard input. Nothing leaves this process: tasks are answered by the
mocks file, and Waits, retries and time-outs take no time.

The mocks file (JSON or YAML) answers the calls of each state, by its name; the last answer stays. "*" is for all others.

  {
    "Charge card": [{ "error": "Card.Busy", "cause": "try later" }, { "result": { "paid": true } }],
    "Ask manager": { "result": { "approved": true }, "delaySeconds": 3600 },
    "Read orders": { "items": [{ "order": 1 }, { "order": 2 }] },
    "*": { "result": {} }
  }

Exit code: 0 the execution succeeded, 1 it did not, 2 wrong usage or an unreadable file.`;

export function runCommand(): Command {
  return new UsageCommand('run')
    .description('execute a definition offline, with mocked tasks')
    .argument('<file>', 'the definition')
    .option('--input <json>', 'the input as JSON, or @FILE', '{}')
    .option('--mocks <file>', 'what tasks answer')
    .option('--real-time', 'let Waits, retries and delays take their time', false)
    .option('--json', "print the events in AWS's shape, one a line, and last the execution", false)
    .option('--name <name>', 'the name of the execution; random values derive from it', 'offline')
    .option('--start-time <time>', 'when the execution starts, as 2030-01-31T12:00:00Z (default: now)')
    .addOption(
      new Option('--type <type>', 'the type of state machine').choices(['STANDARD', 'EXPRESS']).default('STANDARD'),
    )
    .addHelpText('after', HELP)
    .action(async (file: string, options: RunOptions) => {
      process.exitCode = await run(file, options);
    });
}

/** Runs to the end, prints what happens, and answers the exit code. */
async function run(path: string, options: RunOptions): Promise<number> {
  try {
    return await execute(await readDefinition(path), options);
  } catch (error) {
    if (!(error instanceof StartError) && !(error instanceof OfflineRunError)) throw error;
    console.error(error.message);
    return error instanceof StartError ? 2 : 1;
  }
}

async function execute(file: DefinitionFile, options: RunOptions): Promise<number> {
  const input = await readInput(options.input);
  const mocks = options.mocks === undefined ? new Mocks(null, new Map()) : await readMocks(options.mocks);
  const startTime = readStartTime(options.startTime);
  const parsed = parseStateMachine(file.json ?? '', { type: options.type });
  if (file.json === null || parsed.machine === null) {
    const findings = findProblems(file, options.type);
    console.error(fileReport({ name: file.name, text: file.text, findings }, paintFor(process.stderr)));
    return 1;
  }
  requireKnownStates(mocks, parsed.machine);
  const { machine, mapRuns } = prepareDistributedMaps(parsed.machine, mocks);
  const facts = offlineFacts({ file: file.name, definition: file.json, input, name: options.name, startTime });
  const states = new EventStates();
  const lines = new HistoryLines(
    { startTime, width: process.stdout.columns ?? DEFAULT_WIDTH, paint: paintFor(process.stdout) },
    states,
  );
  const print = (event: HistoryEvent): void => {
    states.note(event);
    const mapRunArn = `${facts.stateMachineArn.replace(':stateMachine:', ':mapRun:')}/${states.nameOf(event)}:offline`;
    const shown = mapRuns.has(states.nameOf(event)) ? asMapRunEvent(event, mapRunArn) : event;
    console.log(options.json ? eventAsJson(shown) : lines.line(shown));
  };
  const onEvents = (events: readonly HistoryEvent[]): void => events.forEach(print);
  const result = await runOffline({ machine, facts, mocks, realTime: options.realTime, onEvents });
  console.log(options.json ? JSON.stringify(description(facts, result)) : summary(result, startTime, options.realTime));
  return result.end.status === 'SUCCEEDED' ? 0 : 1;
}

const DEFAULT_WIDTH = 120;

async function readInput(given: string): Promise<string> {
  const text = given.startsWith('@') ? await readText(given.slice(1)) : given;
  try {
    parseJson(text);
  } catch (error) {
    throw new StartError(`The input is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return text;
}

function readStartTime(given: string | undefined): number {
  const time = given === undefined ? Date.now() : Date.parse(given);
  if (Number.isNaN(time)) throw new StartError(`--start-time: ${given} is no time such as 2030-01-31T12:00:00Z`);
  return time;
}

/** A mock under a misspelt name would be left out silently. */
function requireKnownStates(mocks: Mocks, machine: StateMachine): void {
  const known = new Set<string>();
  const collect = (graph: Pick<StateMachine, 'states'>): void => {
    for (const [name, state] of graph.states) {
      known.add(name);
      if (state.type === 'Parallel') state.branches.forEach(collect);
      if (state.type === 'Map') collect(state.processor);
    }
  };
  collect(machine);
  for (const name of mocks.names) {
    if (known.has(name)) continue;
    const suggestion = nearest(name, [...known]);
    const hint = suggestion === null ? '' : ` Did you mean '${suggestion}'?`;
    throw new StartError(`${mocks.file}: the definition has no state '${name}'.${hint}`);
  }
}

type Facts = ReturnType<typeof offlineFacts>;

/** The execution as DescribeExecution shows it. */
function description(facts: Facts, { end, endedAt }: OfflineResult): operations.DescribeExecutionOutput {
  return {
    executionArn: facts.executionArn,
    stateMachineArn: facts.stateMachineArn,
    name: facts.name,
    status: end.status,
    startDate: epochSeconds(facts.startTime),
    stopDate: epochSeconds(endedAt),
    input: facts.input,
    ...(end.output === undefined ? {} : { output: end.output }),
    ...(end.error === undefined ? {} : { error: end.error }),
    ...(end.cause === undefined ? {} : { cause: end.cause }),
    redriveCount: 0,
    redriveStatus: 'NOT_REDRIVABLE',
  };
}

function summary({ end, events, endedAt }: OfflineResult, startTime: number, realTime: boolean): string {
  const paint = paintFor(process.stdout);
  const status = paint([end.status === 'SUCCEEDED' ? 'green' : 'red', 'bold'], end.status);
  const time = `${duration(endedAt - startTime)} of ${realTime ? 'real' : 'virtual'} time`;
  const lines = ['', `${status} after ${time}, ${events} events`];
  if (end.output !== undefined) lines.push(printableLines(prettyJson(parseJson(end.output))));
  if (end.error !== undefined) lines.push(`error: ${printable(end.error)}`);
  if (end.cause !== undefined) lines.push(`cause: ${printable(end.cause)}`);
  return lines.join('\n');
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
