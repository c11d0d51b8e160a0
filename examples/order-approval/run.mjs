/**
 * Starts all orders of orders.json as executions, plays the people who approve them, shows live progress, and prints a
 * summary that it has checked against what must come out.
 *   node run.mjs [--endpoint URL] [--run NAME] [--leave N] [--kills N] [--json FILE]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  CreateStateMachineCommand,
  ListExecutionsCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { join } from 'node:path';
import { STATE_MACHINE, createClient, defaultEndpoint, here, persist, readApprovals } from './lib.mjs';
import { createProgress } from './progress.mjs';
import { checkRun, printSummary } from './check.mjs';

const { values: options } = parseArgs({
  options: {
    endpoint: { type: 'string', default: defaultEndpoint() },
    /** Part of the executions' names: the same run started twice is the same run. */
    run: { type: 'string', default: Date.now().toString(36) },
    /** So many orders are left waiting for a person. */
    leave: { type: 'string', default: '0' },
    /** How many times a process was killed meanwhile: so many repetitions of a charge are explained. */
    kills: { type: 'string', default: '0' },
    /** How long packing takes. */
    'packing-seconds': { type: 'string', default: '2' },
    json: { type: 'string' },
    'timeout-seconds': { type: 'string', default: '600' },
  },
});
const client = createClient(options.endpoint);
const orders = JSON.parse(await readFile(join(here, 'orders.json'), 'utf8'));
const leave = Number(options.leave);

async function deploy() {
  const definition = await readFile(join(here, 'state-machine.asl.json'), 'utf8');
  const roleArn = 'arn:aws:iam::123456789012:role/order-approval';
  try {
    const created = await persist(() =>
      client.send(new CreateStateMachineCommand({ name: STATE_MACHINE, definition, roleArn, type: 'STANDARD' })),
    );
    return created.stateMachineArn;
  } catch (error) {
    if (error.name !== 'StateMachineAlreadyExists') throw error;
    const stateMachineArn = /'(arn:[^']+)'/.exec(error.message)?.[1];
    await persist(() => client.send(new UpdateStateMachineCommand({ stateMachineArn, definition, roleArn })));
    return stateMachineArn;
  }
}

/** Orders that nobody answers are escalated after seconds; all others have a week. */
function policyOf(approver) {
  const hasty = approver === 'escalate' || approver === 'ignore';
  return {
    approvalLimitCents: 200_000,
    approvalTimeoutSeconds: hasty ? 3 : 604_800,
    escalationTimeoutSeconds: approver === 'ignore' ? 3 : 604_800,
    packingSeconds: Number(options['packing-seconds']),
  };
}

const leftWaiting = new Set(
  orders
    .filter(({ approver }) => approver === 'approve')
    .slice(0, leave)
    .map(({ order }) => order.orderId),
);

/** An order whose start was accepted, its answer lost, and which has ended since: its name tells that it has run. */
async function startOnce(request) {
  try {
    const { executionArn } = await persist(() => client.send(new StartExecutionCommand(request)));
    return executionArn;
  } catch (error) {
    const executionArn = /'(arn:[^']+)'/.exec(error.message)?.[1];
    if (error.name !== 'ExecutionAlreadyExists' || executionArn === undefined) throw error;
    return executionArn;
  }
}

async function startAll(stateMachineArn, progress) {
  const queue = [...orders];
  const started = [];
  async function startSome() {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { order, approver } = next;
      const name = `${order.orderId}-${options.run}`;
      const input = JSON.stringify({ ...order, policy: policyOf(approver) });
      const executionArn = await startOnce({ stateMachineArn, name, input });
      started.push({ ...next, name, executionArn });
      progress.started(started.length);
    }
  }
  await Promise.all(Array.from({ length: 10 }, startSome));
  return started;
}

const answered = new Set();

/** The people: answers every request for approval of this run as the order's data says. */
async function answerApprovals() {
  const byId = new Map(orders.map((entry) => [entry.order.orderId, entry]));
  for (const { taskToken, execution, orderId, level } of await readApprovals()) {
    if (!execution.endsWith(`-${options.run}`) || answered.has(taskToken) || leftWaiting.has(orderId)) continue;
    const { approver } = byId.get(orderId);
    if (approver === 'ignore' || (approver === 'escalate' && level === 'clerk')) continue;
    answered.add(taskToken);
    const command =
      approver === 'reject'
        ? new SendTaskFailureCommand({ taskToken, error: 'OrderRejected', cause: 'Too large for this customer.' })
        : new SendTaskSuccessCommand({ taskToken, output: JSON.stringify({ approvedBy: level }) });
    try {
      await persist(() => client.send(command));
    } catch (error) {
      // An answer whose acknowledgement was lost had been accepted; the result shows it.
      if (error.name !== 'TaskTimedOut') throw error;
    }
  }
}

async function statuses(stateMachineArn) {
  const found = new Map();
  let nextToken;
  do {
    const page = await persist(() =>
      client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1000, nextToken })),
    );
    for (const { name, status } of page.executions ?? []) {
      if (name.endsWith(`-${options.run}`)) found.set(name, status);
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

function ofThisRun({ execution }) {
  return execution.endsWith(`-${options.run}`);
}

/** Whether everything that can end has ended, and the orders left waiting do wait. */
function isOver(found, waiting) {
  const open = [...found.entries()].filter(([, status]) => status === 'RUNNING').map(([name]) => name);
  const asked = new Set(waiting.map(({ execution }) => execution));
  return found.size === orders.length && open.length === leftWaiting.size && open.every((name) => asked.has(name));
}

const progress = createProgress(orders.length);
const stateMachineArn = await deploy();
const starting = startAll(stateMachineArn, progress);
const failedToStart = starting.then(
  () => new Promise(() => undefined),
  (error) => Promise.reject(error),
);
const until = Date.now() + Number(options['timeout-seconds']) * 1000;
while (Date.now() < until) {
  await Promise.race([answerApprovals(), failedToStart]);
  const found = await statuses(stateMachineArn);
  const asked = (await readApprovals()).filter(ofThisRun);
  const waiting = asked.filter(({ execution }) => found.get(execution) === 'RUNNING');
  progress.show(found, new Set(waiting.map(({ execution }) => execution)).size);
  if (isOver(found, waiting)) break;
  await new Promise((wake) => setTimeout(wake, 300));
}
progress.end();
const started = await starting;
const report = await checkRun({ client, started, leftWaiting, kills: Number(options.kills), run: options.run });
printSummary(report);
if (options.json !== undefined)
  await writeFile(options.json, `${JSON.stringify({ ...report, stateMachineArn }, null, 2)}\n`);
process.exitCode = report.problems.length === 0 ? 0 : 1;
