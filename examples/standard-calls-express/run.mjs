/**
 * Prices shopping carts twice: by a Standard machine that does every step itself, and by one that leaves each cart to an
 * Express machine. Checks every price, and prints what the difference costs.
 *   node run.mjs [--endpoint URL] [--carts N] [--json FILE]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  UpdateStateMachineCommand,
  paginateGetExecutionHistory,
} from '@aws-sdk/client-sfn';
import { expectedOf, makeCarts } from './carts.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    endpoint: {
      type: 'string',
      default: process.env.AWS_ENDPOINT_URL_SFN ?? `http://127.0.0.1:${process.env.EVERSTEP_PORT ?? 8083}`,
    },
    carts: { type: 'string', default: '100' },
    json: { type: 'string' },
  },
});
process.env.AWS_ACCESS_KEY_ID ??= 'local';
process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
const region = process.env.EVERSTEP_REGION ?? 'us-east-1';
const client = new SFNClient({ endpoint: options.endpoint, region, disableHostPrefix: true });
const roleArn = 'arn:aws:iam::123456789012:role/standard-calls-express';
const logGroupArn = `arn:aws:logs:${region}:123456789012:log-group:/aws/vendedlogs/states/standard-calls-express:*`;
const LOGGED = {
  loggingConfiguration: {
    level: 'ALL',
    includeExecutionData: true,
    destinations: [{ cloudWatchLogsLogGroup: { logGroupArn } }],
  },
};

const definitionOf = (name) => readFile(join(here, `${name}.asl.json`), 'utf8');

async function deploy(name, definition, type, more = {}) {
  try {
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({ name, definition, roleArn, type, ...more }),
    );
    return stateMachineArn;
  } catch (error) {
    if (error.name !== 'StateMachineAlreadyExists') throw error;
    const stateMachineArn = /'(arn:[^']+)'/.exec(error.message)?.[1];
    await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition, roleArn, ...more }));
    return stateMachineArn;
  }
}

/** Every step of every cart inside the one Standard execution. */
async function aloneDefinition() {
  const { QueryLanguage, StartAt, States } = JSON.parse(await definitionOf('price-cart'));
  const EachCart = {
    Type: 'Map',
    Items: '{% $states.input.carts %}',
    ItemProcessor: { StartAt, States },
    Output: "{% { 'carts': $states.result } %}",
    End: true,
  };
  return JSON.stringify({ QueryLanguage, StartAt: 'EachCart', States: { EachCart } });
}

async function runToEnd(stateMachineArn, carts) {
  const startedAt = performance.now();
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ carts }) }),
  );
  for (;;) {
    const { status, output, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== 'RUNNING') {
      if (status !== 'SUCCEEDED') throw new Error(`${executionArn} ended ${status}: ${error} ${cause}`);
      return { executionArn, milliseconds: performance.now() - startedAt, output: JSON.parse(output) };
    }
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

async function eventsOf(executionArn) {
  let count = 0;
  for await (const page of paginateGetExecutionHistory({ client }, { executionArn, maxResults: 1000 })) {
    count += page.events.length;
  }
  return count;
}

/** What the Express report says in the log, where this is the server's machine and its log goes to files. */
async function reportOf(reportArn) {
  const account = reportArn.split(':')[4];
  const data = resolve(process.env.EVERSTEP_DATA_DIR ?? join(here, '../../.everstep'));
  const path = join(data, 'execution-logs', account, 'carts-report.jsonl');
  for (const until = Date.now() + 5_000; Date.now() < until; ) {
    const text = await readFile(path, 'utf8').catch(() => '');
    const lines = text.split('\n').slice(0, -1);
    const events = lines.map((line) => JSON.parse(line));
    const end = events.find((event) => event.execution_arn === reportArn && event.type === 'ExecutionSucceeded');
    if (end !== undefined) return JSON.parse(end.details.output).text;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return null;
}

function problemsOf(name, carts, priced) {
  return carts.flatMap((cart, index) => {
    const [expected, actual] = [JSON.stringify(expectedOf(cart)), JSON.stringify(priced[index])];
    return expected === actual ? [] : [`${name}: ${cart.cartId} is ${actual}, and should be ${expected}`];
  });
}

const carts = makeCarts(Number(options.carts));
const whole = carts.filter(({ items }) => items.length > 0);
const priceCartArn = await deploy('carts-price-cart', await definitionOf('price-cart'), 'EXPRESS');
const reportArn = await deploy('carts-report', await definitionOf('report'), 'EXPRESS', LOGGED);
const withExpress = (await definitionOf('price-carts'))
  .replace('${PriceCartArn}', priceCartArn)
  .replace('${ReportArn}', reportArn);
const nestedArn = await deploy('carts-with-express', withExpress, 'STANDARD');
const aloneArn = await deploy('carts-alone', await aloneDefinition(), 'STANDARD');

// An empty cart would end the whole execution here, so this one gets none.
const alone = await runToEnd(aloneArn, whole);
const nested = await runToEnd(nestedArn, carts);
const [aloneEvents, nestedEvents] = [await eventsOf(alone.executionArn), await eventsOf(nested.executionArn)];
const said = await reportOf(nested.output.report);
const problems = [
  ...problemsOf('alone', whole, alone.output.carts),
  ...problemsOf('with Express', carts, nested.output.carts),
];
const total = whole.reduce((sum, cart) => sum + expectedOf(cart).totalCents, 0);
const wanted = `${whole.length} carts for ${total} cents`;
if (said !== null && said !== wanted) problems.push(`the report says "${said}", and should say "${wanted}"`);
const report = {
  carts: carts.length,
  refused: carts.length - whole.length,
  alone: { events: aloneEvents, milliseconds: Math.round(alone.milliseconds) },
  withExpress: { events: nestedEvents, milliseconds: Math.round(nested.milliseconds) },
  report: said,
  problems,
};

const row = (name, { events, milliseconds }) =>
  console.log(`  ${name.padEnd(22)}${String(events).padStart(7)} events${String(milliseconds).padStart(8)} ms`);
console.log(`${carts.length} carts, ${report.refused} of them empty\n`);
row('every step Standard', report.alone);
row('a cart, an Express run', report.withExpress);
console.log(`\nThe history with Express is ${(aloneEvents / nestedEvents).toFixed(1)} times as short.`);
console.log(said === null ? 'The report’s log is not in files here.' : `The report says: ${said}.`);
for (const problem of problems) console.error(`WRONG ${problem}`);
console.log(problems.length === 0 ? 'Every price is right.' : `${problems.length} problems.`);
if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
