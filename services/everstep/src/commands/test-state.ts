import {
  DEFAULT_SETTINGS,
  type IntegrationRegistry,
  type TestStateContext,
  randomIds,
  silentLogger,
  testState,
} from '@everstep/engine';
import { createApiModels } from '@everstep/integrations';
import { isObject, parseJson } from '@everstep/language';
import { ApiError, operations } from '@everstep/protocol';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readDefinition, readText } from '../definition/definition-file.ts';
import { stateReport } from '../offline/state-report.ts';
import { StartError } from '../start-error.ts';
import { paintFor } from '../terminal/styles.ts';
import { UsageCommand } from '../terminal/usage-command.ts';

interface TestStateOptions {
  readonly input: string;
  readonly result?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly validation?: operations.FieldValidationMode;
  readonly variables?: string;
  readonly context?: string;
  readonly retries?: number;
  readonly failedIterations?: number;
  readonly failedState?: string;
  readonly readerData?: string;
  readonly level: operations.InspectionLevel;
  readonly json: boolean;
}

const HELP = `
FILE is a definition in JSON or YAML, of a machine or of a single state; - reads the standard input. STATE is needed where
it is a machine's, and may lie in a Parallel or Map. Nothing leaves this process: a Task, Map or Parallel needs --result or
--error, and a Wait takes no time.

Wherever JSON is asked for, @FILE reads it from a file.

Exit code: 0 the state succeeded or caught its error, 1 it failed or would be retried, 2 wrong usage, an unreadable file or
a refused definition or mock.`;

export function testStateCommand(): Command {
  return new UsageCommand('test-state')
    .description('execute one state offline and show each stage of its data')
    .argument('<file>', 'the definition')
    .argument('[state]', "the state's name")
    .option('--input <json>', "the state's input", '{}')
    .addOption(new Option('--result <json>', 'what the task, branches or iterations answer').conflicts('error'))
    .option('--error <name>', 'the error that they fail with')
    .option('--cause <text>', "the error's cause")
    .addOption(
      new Option('--validation <mode>', "how the result is held against its API's model").choices([
        'STRICT',
        'PRESENT',
        'NONE',
      ]),
    )
    .option('--variables <json>', 'variables that are set')
    .option('--context <json>', 'the whole context object, in place of the usual one')
    .option('--retries <count>', 'retries that were made before', readCount)
    .option('--failed-iterations <count>', 'iterations of the Map that have failed', readCount)
    .option('--failed-state <name>', 'the state inside in which the error arose')
    .option('--reader-data <text>', 'what the ItemReader of a Distributed Map finds, or @FILE')
    .addOption(new Option('--level <level>', 'how much is shown').choices(['INFO', 'DEBUG', 'TRACE']).default('DEBUG'))
    .option('--json', "print TestState's own answer", false)
    .addHelpText('after', HELP)
    .action(async (file: string, state: string | undefined, options: TestStateOptions) => {
      process.exitCode = await run(file, state, options);
    });
}

function readCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

async function run(file: string, state: string | undefined, options: TestStateOptions): Promise<number> {
  try {
    const answer = await answerOf(await readRequest(file, state, options));
    console.log(options.json ? JSON.stringify(answer) : report(state ?? file, answer));
    return answer.status === 'SUCCEEDED' || answer.status === 'CAUGHT_ERROR' ? 0 : 1;
  } catch (error) {
    if (!(error instanceof StartError) && !(error instanceof ApiError)) throw error;
    console.error(error.message);
    return 2;
  }
}

const DEFAULT_WIDTH = 120;

function report(name: string, answer: operations.TestStateOutput): string {
  return stateReport(name, answer, { paint: paintFor(process.stdout), width: process.stdout.columns ?? DEFAULT_WIDTH });
}

/** The request that TestState of a server would get, checked as there. */
async function readRequest(
  path: string,
  state: string | undefined,
  options: TestStateOptions,
): Promise<operations.TestStateInput> {
  const file = await readDefinition(path);
  const [problem] = file.problems;
  if (problem !== undefined) throw new StartError(`${file.name} is not valid YAML: ${problem.message}`);
  const definition = file.json ?? '';
  if (state === undefined) requireSingleState(file.name, definition);
  const { error, cause, validation, retries, failedIterations, failedState } = options;
  const [input, result, variables, context, readerData] = await Promise.all(
    [options.input, options.result, options.variables, options.context, options.readerData].map(given),
  );
  const isMocked = result !== undefined || error !== undefined;
  const mock = {
    result,
    errorOutput: error === undefined ? undefined : { error, cause },
    fieldValidationMode: validation,
  };
  const stateConfiguration = {
    retrierRetryCount: retries,
    mapIterationFailureCount: failedIterations,
    errorCausedByState: failedState,
    mapItemReaderData: readerData,
  };
  return operations.testState.decode({
    definition,
    stateName: state,
    roleArn: 'arn:aws:iam::123456789012:role/offline',
    input,
    inspectionLevel: options.level,
    variables,
    context,
    ...(isMocked ? { mock } : {}),
    stateConfiguration,
  });
}

async function given(text: string | undefined): Promise<string | undefined> {
  return text?.startsWith('@') === true ? readText(text.slice(1)) : text;
}

/** A whole machine without a state's name is the likeliest slip: the names are told. */
function requireSingleState(file: string, definition: string): void {
  let document: ReturnType<typeof parseJson>;
  try {
    document = parseJson(definition);
  } catch {
    // What is wrong with the text, TestState tells.
    return;
  }
  const states = isObject(document) ? document['States'] : undefined;
  if (!isObject(states)) return;
  throw new StartError(`${file} is a whole state machine: name the state to test (${Object.keys(states).join(', ')}).`);
}

/** Time passes at once, and there is nothing outside. */
async function answerOf(request: operations.TestStateInput): Promise<operations.TestStateOutput> {
  const context: TestStateContext = {
    ids: randomIds,
    clock: { now: Date.now, at: () => () => undefined, sleep: async () => undefined },
    logger: silentLogger,
    settings: DEFAULT_SETTINGS,
    taskTokens: { keyOf: async () => '0'.repeat(64) },
  };
  return testState(context, { registry: NOBODY, models: createApiModels(), signal: NEVER }, request);
}

const NEVER = new AbortController().signal;

const NOBODY: IntegrationRegistry = {
  find() {
    throw new StartError(
      'A Task is not performed offline: say what it answers with --result or --error. A server performs it: TestState.',
    );
  },
  close: async () => undefined,
};
