/**
 * Matches bank statements with invoices by a state machine whose function is written in Python.
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
const roleArn = 'arn:aws:iam::123456789012:role/python-function';

const invoices = [
  { number: 'INV-1001', customer: 'Lovelace Engines', amount: '199.90' },
  { number: 'INV-1002', customer: 'Grace Hopper & Co', amount: '75.00' },
  { number: 'INV-1003', customer: 'Turing Machines Ltd', amount: '75.00' },
];
const head = 'payer,amount,text\n';
const CASES = [
  {
    name: 'all known',
    statement: `${head}Lovelace Engines,199.90,INV-1001 thanks\n"HOPPER, GRACE & CO",75.00,invoice of May\n`,
    wanted: {
      status: 'SUCCEEDED',
      output: {
        matches: [
          { invoice: 'INV-1001', paid: 199.9, left: 0 },
          { invoice: 'INV-1002', paid: 75, left: 0 },
        ],
        unknown: [],
        open: ['INV-1003'],
        paid: 274.9,
        decision: 'BOOKED',
      },
    },
  },
  {
    name: 'one of a stranger',
    statement: `${head}Turing Machines,70.00,INV-1003 part\nSomebody,12.34,\n`,
    wanted: {
      status: 'SUCCEEDED',
      output: {
        matches: [{ invoice: 'INV-1003', paid: 70, left: 5 }],
        unknown: [{ payer: 'Somebody', amount: 12.34, text: '' }],
        open: ['INV-1001', 'INV-1002'],
        paid: 70,
        decision: 'ASK_THE_CLERK',
      },
    },
  },
  { name: 'unreadable', statement: `${head}Ada,a lot,\n`, wanted: { status: 'FAILED', error: 'StatementRejected' } },
];

async function deploy(name) {
  const definition = await readFile(join(here, `${name}.asl.json`), 'utf8');
  try {
    return (await client.send(new CreateStateMachineCommand({ name, definition, roleArn }))).stateMachineArn;
  } catch (error) {
    if (error.name !== 'StateMachineAlreadyExists') throw error;
    const stateMachineArn = /'(arn:[^']+)'/.exec(error.message)?.[1];
    await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition, roleArn }));
    return stateMachineArn;
  }
}

async function runToEnd(stateMachineArn, input) {
  const started = await client.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
  for (;;) {
    const found = await client.send(new DescribeExecutionCommand({ executionArn: started.executionArn }));
    const { status, output, error, cause } = found;
    if (status === 'SUCCEEDED') return { status, output: JSON.parse(output) };
    if (status !== 'RUNNING') return { status, error, cause };
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

await mkdir(options.functions, { recursive: true });
await cp(join(here, 'functions'), options.functions, { recursive: true });
console.log(`The function is in ${options.functions}.`);
const stateMachineArn = await deploy('match-payments');
const problems = [];
for (const { name, statement, wanted } of CASES) {
  const { cause, ...got } = await runToEnd(stateMachineArn, { invoices, statement });
  console.log(`  ${name.padEnd(18)} ${got.status} ${got.output?.decision ?? `${got.error}: ${cause}`}`);
  if (!isDeepStrictEqual(got, wanted)) problems.push(`${name}: ${JSON.stringify({ ...got, cause })}`);
}
for (const problem of problems) console.error(`WRONG ${problem}`);
console.log(problems.length === 0 ? 'All is as it should be.' : `${problems.length} problems.`);
if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify({ cases: CASES.length, problems })}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
