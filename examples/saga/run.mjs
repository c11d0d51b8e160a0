/**
 * Orders through a saga, and an audit of the books: what failed must have left nothing behind.
 *   node run.mjs [--endpoint URL] [--functions FOLDER] [--json FILE]
 */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  UpdateStateMachineCommand,
  paginateGetExecutionHistory,
} from '@aws-sdk/client-sfn';

const here = dirname(fileURLToPath(import.meta.url));
const data = resolve(process.env.EVERSTEP_DATA_DIR ?? join(here, '../../.everstep'));
const { values: options } = parseArgs({
  options: {
    endpoint: {
      type: 'string',
      default: process.env.AWS_ENDPOINT_URL_SFN ?? `http://127.0.0.1:${process.env.EVERSTEP_PORT ?? 8083}`,
    },
    functions: { type: 'string', default: process.env.EVERSTEP_FUNCTIONS_DIR ?? join(data, 'functions') },
    json: { type: 'string' },
  },
});
process.env.AWS_ACCESS_KEY_ID ??= 'local';
process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
const region = process.env.EVERSTEP_REGION ?? 'us-east-1';
const client = new SFNClient({ endpoint: options.endpoint, region });
const roleArn = 'arn:aws:iam::123456789012:role/saga';

const run = Date.now().toString(36);
const order = (name, more) => ({
  name,
  input: {
    orderId: `${name}-${run}`,
    items: ['PEN', 'INK'],
    amountCents: 1_250,
    card: 'good',
    city: 'Oslo',
    bank: 'quick',
    ...more,
  },
});
const UNDO_ALL = ['RefundCard', 'CancelOrder'];
const ORDERS = [
  {
    ...order('fine'),
    status: 'SUCCEEDED',
    error: undefined,
    undone: [],
    books: { items: 2, cents: 1_250, parcels: 1 },
  },
  { ...order('sold-out', { items: ['PEN-GONE'] }), status: 'FAILED', error: 'SoldOut', undone: [], books: {} },
  {
    ...order('declined', { card: 'declined' }),
    status: 'FAILED',
    error: 'CardDeclined',
    undone: ['CancelOrder'],
    books: {},
  },
  { ...order('far-away', { city: 'Atlantis' }), status: 'FAILED', error: 'NoCarrier', undone: UNDO_ALL, books: {} },
  {
    ...order('slow-bank', { city: 'Atlantis', bank: 'slow' }),
    ...{ status: 'FAILED', error: 'NoCarrier', undone: UNDO_ALL, books: {} },
  },
];

async function deploy() {
  const definition = await readFile(join(here, 'order.asl.json'), 'utf8');
  try {
    const created = await client.send(new CreateStateMachineCommand({ name: 'order-saga', definition, roleArn }));
    return created.stateMachineArn;
  } catch (error) {
    if (error.name !== 'StateMachineAlreadyExists') throw error;
    const stateMachineArn = /'(arn:[^']+)'/.exec(error.message)?.[1];
    await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition, roleArn }));
    return stateMachineArn;
  }
}

async function runToEnd(stateMachineArn, input) {
  const request = { stateMachineArn, name: input.orderId, input: JSON.stringify(input) };
  const { executionArn } = await client.send(new StartExecutionCommand(request));
  for (;;) {
    const { status, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== 'RUNNING') return { executionArn, status, error, cause };
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** The states that the execution went through, in order. */
async function statesOf(executionArn) {
  const states = [];
  for await (const page of paginateGetExecutionHistory({ client }, { executionArn })) {
    states.push(...page.events.flatMap(({ stateEnteredEventDetails: entered }) => (entered ? [entered.name] : [])));
  }
  return states;
}

/** What the services have done for an order and not undone: each key counts once. */
async function booksOf(orderId) {
  const text = await readFile(join(data, 'saga/books.jsonl'), 'utf8').catch(() => '');
  const entries = new Map(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .map((one) => [one.key, one]),
  );
  const sums = {};
  for (const { key, what, change } of entries.values()) {
    if (key.startsWith(`${orderId}/`)) sums[what] = (sums[what] ?? 0) + change;
  }
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0));
}

async function check(stateMachineArn, { name, input, ...wanted }) {
  const { executionArn, cause, ...ended } = await runToEnd(stateMachineArn, input);
  const states = await statesOf(executionArn);
  const undone = states.filter((state) => UNDO_ALL.includes(state));
  const got = { ...ended, undone, books: await booksOf(input.orderId) };
  const shown = undone.length === 0 ? '' : `; undone by ${undone.join(', ')}`;
  console.log(`  ${name.padEnd(12)} ${got.status.padEnd(10)} ${got.error ?? ''}${shown}`);
  return isDeepStrictEqual(got, wanted) ? [] : [`${name}: ${JSON.stringify({ ...got, cause })}`];
}

await mkdir(options.functions, { recursive: true });
await cp(join(here, 'functions'), options.functions, { recursive: true });
console.log(`The functions are in ${options.functions}.`);
const stateMachineArn = await deploy();
const problems = (await Promise.all(ORDERS.map((one) => check(stateMachineArn, one)))).flat();
for (const problem of problems) console.error(`WRONG ${problem}`);
console.log(
  problems.length === 0 ? 'Every order that failed has left nothing behind.' : `${problems.length} problems.`,
);
if (options.json !== undefined)
  await writeFile(options.json, `${JSON.stringify({ orders: ORDERS.length, problems })}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
