import { DescribeExecutionCommand, GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { join } from 'node:path';
import { euros, persist, readLines, recordsDir } from './lib.mjs';

const TERMINAL = new Set(['ExecutionSucceeded', 'ExecutionFailed', 'ExecutionTimedOut', 'ExecutionAborted']);

/** What must come out of an order, read off the order itself. */
function expectedOf({ order, expected }) {
  const amountCents = order.lines.reduce((sum, line) => sum + line.netCents + line.taxCents, 0);
  if (expected === 'SHIPPED' || expected === 'REFUNDED') return { status: 'SUCCEEDED', outcome: expected, amountCents };
  return { status: 'FAILED', outcome: expected };
}

async function historyOf(client, executionArn) {
  const events = [];
  let nextToken;
  do {
    const page = await persist(() =>
      client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, nextToken })),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

/** Ids contiguous from 1, each previous event earlier than its event, exactly one terminal event, and it is last. */
function historyProblem(events) {
  const gap = events.findIndex((event, index) => event.id !== index + 1);
  if (gap >= 0) return `event ${gap + 1} has the id ${events[gap].id}`;
  const backwards = events.find((event) => event.previousEventId >= event.id);
  if (backwards !== undefined) return `event ${backwards.id} names ${backwards.previousEventId} as its previous one`;
  const terminal = events.filter((event) => TERMINAL.has(event.type));
  if (terminal.length !== 1) return `${terminal.length} terminal events`;
  if (events.at(-1) !== terminal[0]) return `${terminal[0].type} is not the last event`;
  return null;
}

async function checkExecution(client, entry) {
  const { executionArn, order } = entry;
  const described = await persist(() => client.send(new DescribeExecutionCommand({ executionArn })));
  const wanted = expectedOf(entry);
  const output = described.output === undefined ? {} : JSON.parse(described.output);
  const outcome = described.status === 'SUCCEEDED' ? output.status : (described.error ?? described.status);
  const problems = [];
  if (described.status !== wanted.status || outcome !== wanted.outcome) {
    problems.push(`${order.orderId} ended ${described.status} ${outcome}, not ${wanted.status} ${wanted.outcome}`);
  } else if (wanted.amountCents !== undefined && output.amountCents !== wanted.amountCents) {
    problems.push(`${order.orderId} came to ${output.amountCents} cents, not ${wanted.amountCents}`);
  }
  const events = await historyOf(client, executionArn);
  const malformed = historyProblem(events);
  if (malformed !== null) problems.push(`the history of ${order.orderId} is malformed: ${malformed}`);
  return { outcome, problems, events: events.length, amountCents: output.amountCents ?? 0 };
}

/** One distinct key an order that was charged, and no more invocations than one plus the kills. */
async function checkLedger(entries, kills, run) {
  const keys = new Map();
  let invocations = 0;
  for (const { orderId, idempotencyKey, execution } of await readLines(join(recordsDir(), 'ledger.jsonl'))) {
    if (!execution.endsWith(`-${run}`)) continue;
    invocations++;
    keys.set(orderId, [...(keys.get(orderId) ?? []), idempotencyKey]);
  }
  const charged = entries.filter(({ expected }) => expected !== 'InvalidOrder');
  const problems = [];
  for (const { order } of charged) {
    const ofOrder = keys.get(order.orderId) ?? [];
    const distinct = new Set(ofOrder).size;
    if (distinct !== 1) problems.push(`${order.orderId} was charged under ${distinct} keys`);
    if (ofOrder.length > 1 + kills)
      problems.push(`${order.orderId} was charged ${ofOrder.length} times with ${kills} kills`);
    keys.delete(order.orderId);
  }
  for (const orderId of keys.keys()) problems.push(`${orderId} was charged and must not be`);
  return { problems, invocations, charged: charged.length };
}

export async function checkRun({ client, started, leftWaiting, kills, run }) {
  const outcomes = {};
  const problems = [];
  let events = 0;
  let shippedCents = 0;
  const queue = started.filter(({ order }) => !leftWaiting.has(order.orderId));
  const total = queue.length;
  async function checkSome() {
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      const checked = await checkExecution(client, entry);
      outcomes[checked.outcome] = (outcomes[checked.outcome] ?? 0) + 1;
      problems.push(...checked.problems);
      events += checked.events;
      if (checked.outcome === 'SHIPPED') shippedCents += checked.amountCents;
    }
  }
  await Promise.all(Array.from({ length: 10 }, checkSome));
  const ledger = await checkLedger(started, kills, run);
  problems.push(...ledger.problems);
  return { run, total, waiting: [...leftWaiting], outcomes, events, shippedCents, ledger, kills, problems };
}

export function printSummary(report) {
  const line = (label, value) => console.log(`  ${label.padEnd(26)}${value}`);
  console.log('');
  for (const [outcome, count] of Object.entries(report.outcomes).toSorted((a, b) => b[1] - a[1])) {
    line(outcome.toLowerCase() === 'shipped' ? 'shipped' : outcome, String(count).padStart(4));
  }
  line('value of shipped orders', euros(report.shippedCents));
  line('history events', `${report.events}, contiguous, one terminal event each`);
  line(
    'charges in the ledger',
    `${report.ledger.invocations} invocations for ${report.ledger.charged} orders, one key each`,
  );
  if (report.waiting.length > 0) line('waiting for a person', report.waiting.join(', '));
  if (report.problems.length === 0) {
    console.log(`\n  ✓ all ${report.total} orders ended as they must\n`);
    if (report.waiting.length > 0) {
      console.log('  Approve the ones that wait for a person (--list shows them, --reject says no):');
      console.log('    node examples/order-approval/approve.mjs\n');
    }
    return;
  }
  console.log(`\n  ✗ ${report.problems.length} problems:`);
  for (const problem of report.problems.slice(0, 20)) console.log(`    - ${problem}`);
  console.log('');
}
