/**
 * The person at the desk: lists the orders that wait for an approval and approves (or rejects) them.
 *   node approve.mjs                 approve all that wait
 *   node approve.mjs ORD-1000 …      approve these
 *   node approve.mjs --reject ORD-1000
 *   node approve.mjs --list
 */
import { parseArgs } from 'node:util';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
} from '@aws-sdk/client-sfn';
import { STATE_MACHINE, createClient, defaultEndpoint, euros, readApprovals } from './lib.mjs';

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    endpoint: { type: 'string', default: defaultEndpoint() },
    reject: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const client = createClient(options.endpoint);

async function runningNames() {
  const { stateMachines = [] } = await client.send(new ListStateMachinesCommand({ maxResults: 1000 }));
  const machine = stateMachines.find(({ name }) => name === STATE_MACHINE);
  const names = new Map();
  if (machine === undefined) return names;
  let nextToken;
  do {
    const page = await client.send(
      new ListExecutionsCommand({
        stateMachineArn: machine.stateMachineArn,
        statusFilter: 'RUNNING',
        maxResults: 1000,
        nextToken,
      }),
    );
    for (const { name, executionArn } of page.executions ?? []) names.set(name, executionArn);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return names;
}

const running = await runningNames();
const newest = new Map();
for (const request of await readApprovals()) if (running.has(request.execution)) newest.set(request.execution, request);
const waiting = [...newest.values()]
  .filter(({ orderId }) => wanted.length === 0 || wanted.includes(orderId))
  .sort((a, b) => a.orderId.localeCompare(b.orderId));
if (waiting.length === 0) {
  console.log(
    wanted.length === 0 ? 'No order waits for an approval.' : `None of ${wanted.join(', ')} waits for an approval.`,
  );
  process.exit(wanted.length === 0 ? 0 : 1);
}
for (const { execution, taskToken, orderId, customer, amountCents, level } of waiting) {
  const what = `${orderId}  ${customer}  ${euros(amountCents)}`;
  if (options.list) {
    console.log(`waiting for the ${level}: ${what}`);
    continue;
  }
  try {
    if (options.reject) {
      await client.send(
        new SendTaskFailureCommand({ taskToken, error: 'OrderRejected', cause: 'Rejected at the desk.' }),
      );
    } else {
      await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify({ approvedBy: level }) }));
    }
    console.log(`${options.reject ? 'rejected' : 'approved'}: ${what}`);
  } catch (error) {
    if (error.name !== 'TaskTimedOut') throw error;
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn: running.get(execution) }));
    console.log(`decided before: ${what} (${status})`);
  }
}
