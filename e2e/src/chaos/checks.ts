import { DescribeExecutionCommand, GetExecutionHistoryCommand, type HistoryEvent } from '@aws-sdk/client-sfn';
import { isDeepStrictEqual } from 'node:util';
import type { ApiCaller } from './api-caller.ts';
import type { Acknowledged } from './answering.ts';
import { withAdmin, type Happened } from './disturbances.ts';
import type { Effect } from './records.ts';
import { BEATING_SECONDS, LATE_OUTPUT, type Planned } from './scenarios.ts';

const TERMINAL = /^Execution(Succeeded|Failed|TimedOut|Aborted)$/;
const AT_ONCE = 8;

/** What is wrong with a history as the API tells it. */
export function historyProblems(events: readonly HistoryEvent[]): string[] {
  const problems: string[] = [];
  events.forEach((event, index) => {
    if (event.id !== index + 1) problems.push(`event number ${index + 1} has the id ${event.id}`);
    if ((event.previousEventId ?? -1) >= (event.id ?? 0))
      problems.push(`event ${event.id} follows ${event.previousEventId}`);
    const before = events[index - 1]?.timestamp?.getTime() ?? 0;
    if ((event.timestamp?.getTime() ?? 0) < before) problems.push(`event ${event.id} is older than the one before it`);
  });
  const terminal = events.filter(({ type }) => TERMINAL.test(type ?? ''));
  if (terminal.length !== 1) problems.push(`${terminal.length} terminal events`);
  if (!TERMINAL.test(events.at(-1)?.type ?? '')) problems.push(`the last event is ${events.at(-1)?.type}`);
  return problems;
}

/** Every scheduled task was ended exactly once: by a result, a time-out, or the end of its execution. */
export function taskProblems(events: readonly HistoryEvent[]): string[] {
  const scheduled = events.filter(({ type }) => /^(Task|LambdaFunction|Activity)Scheduled$/.test(type ?? '')).length;
  const ended = events.filter(({ type }) =>
    /^(Task|LambdaFunction|Activity)(Succeeded|Failed|TimedOut|StartFailed|SubmitFailed|ScheduleFailed)$/.test(
      type ?? '',
    ),
  ).length;
  const aborted = /^Execution(Aborted|TimedOut)$/.test(events.at(-1)?.type ?? '');
  if (ended === scheduled || (aborted && ended < scheduled)) return [];
  return [`${scheduled} tasks were scheduled and ${ended} ended`];
}

export interface Checked {
  readonly problems: readonly string[];
  readonly events: number;
  readonly children: number;
}

export interface Subject {
  readonly caller: ApiCaller;
  readonly planned: readonly Planned[];
  readonly acknowledged: Acknowledged;
  readonly executionArn: (planned: Pick<Planned, 'machine' | 'name'>) => string;
}

/** Looks at every acknowledged execution and at the children they started, through the API alone. */
export async function checkExecutions(subject: Subject): Promise<Checked> {
  const problems: string[] = [];
  let events = 0;
  const children = new Set<string>();
  const pending = [...subject.planned];
  const check = async (): Promise<void> => {
    for (let planned = pending.pop(); planned !== undefined; planned = pending.pop()) {
      const found = await checkExecution(subject, planned);
      problems.push(...found.problems.map((problem) => `${planned.name}: ${problem}`));
      events += found.history.length;
      for (const child of childArns(found.history)) children.add(child);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, check));
  for (const child of children) {
    const history = await readHistory(subject.caller, child);
    events += history.length;
    problems.push(...[...historyProblems(history), ...taskProblems(history)].map((problem) => `${child}: ${problem}`));
  }
  return { problems, events, children: children.size };
}

async function checkExecution(
  subject: Subject,
  planned: Planned,
): Promise<{ problems: string[]; history: HistoryEvent[] }> {
  const { caller, acknowledged } = subject;
  const executionArn = subject.executionArn(planned);
  const { answer } = await caller.call((client, abortSignal) =>
    client.send(new DescribeExecutionCommand({ executionArn }), { abortSignal }),
  );
  const history = await readHistory(caller, executionArn);
  const problems = [...historyProblems(history), ...taskProblems(history)];
  const { outcome } = planned;
  if (answer.status !== outcome.status) {
    problems.push(`is ${answer.status} (${answer.error ?? ''} ${answer.cause ?? ''}), not ${outcome.status}`);
  }
  if (outcome.error !== undefined && answer.error !== outcome.error) {
    problems.push(`ended with ${answer.error}, not ${outcome.error}`);
  }
  if (outcome.output !== undefined) {
    const output: unknown = answer.output === undefined ? undefined : JSON.parse(answer.output);
    const isBeating = planned.machine === 'heartbeat' && !isDeepStrictEqual(outcome.output, LATE_OUTPUT);
    const late = isBeating && isDeepStrictEqual(output, LATE_OUTPUT);
    if (late) problems.push(...heartbeatProblems(acknowledged.beats.get(planned.name) ?? [], history));
    else if (!isDeepStrictEqual(output, outcome.output)) {
      problems.push(`answered ${answer.output}, not ${JSON.stringify(outcome.output)}`);
    }
  }
  if (!isDeepStrictEqual(JSON.parse(answer.input ?? 'null'), planned.input)) problems.push('has another input');
  const children = childArns(history).length;
  if (children !== (outcome.children ?? 0)) problems.push(`started ${children} children`);
  problems.push(...callbackProblems(planned, acknowledged, history));
  return { problems, history };
}

/** On a machine that is slow enough a heartbeat comes too late. One that was acknowledged in time moved the deadline. */
function heartbeatProblems(beats: readonly number[], history: readonly HistoryEvent[]): string[] {
  const timedOut = history.find(({ type }) => type === 'TaskTimedOut')?.timestamp?.getTime() ?? 0;
  const scheduled = history.find(({ type }) => type === 'TaskScheduled')?.timestamp?.getTime() ?? 0;
  const last = Math.max(scheduled, ...beats);
  return timedOut - last >= BEATING_SECONDS * 1_000 ? [] : [`timed out ${timedOut - last} ms after its last heartbeat`];
}

/** An acknowledged callback stands in the history, once; nothing else answers the same task. */
function callbackProblems(planned: Planned, acknowledged: Acknowledged, history: readonly HistoryEvent[]): string[] {
  const sent = acknowledged.callbacks.get(planned.name);
  if (sent === undefined) return [];
  const outputs = history
    .filter(({ taskSucceededEventDetails: details }) => details?.resource?.startsWith('invoke.waitForTaskToken'))
    .map(({ taskSucceededEventDetails: details }) => details?.output);
  const denied = history.filter(({ taskFailedEventDetails: details }) => details?.error === 'Denied').length;
  const right = sent === null ? denied === 1 && outputs.length === 0 : outputs.length === 1 && outputs[0] === sent;
  return right ? [] : [`an acknowledged callback shows as ${outputs.join(' and ') || 'nothing'} (${denied} denials)`];
}

async function readHistory(caller: ApiCaller, executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const { answer } = await caller.call((client, abortSignal) =>
      client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000, nextToken }), { abortSignal }),
    );
    events.push(...(answer.events ?? []));
    nextToken = answer.nextToken;
  } while (nextToken !== undefined);
  return events;
}

function childArns(history: readonly HistoryEvent[]): string[] {
  return history.flatMap(({ taskSubmittedEventDetails: details }) => {
    if (!(details?.resource ?? '').startsWith('startExecution')) return [];
    const output: { ExecutionArn?: string } = JSON.parse(details?.output ?? '{}');
    return output.ExecutionArn === undefined ? [] : [output.ExecutionArn];
  });
}

/** Losing the lease, for these reasons or by a machine that is too slow, may repeat an effect under way; nothing else may. */
const EXCUSES = /^(kill|freeze|postgres-)/;
/** The ledger's entry is written a little after the call began, and a lease may end a little after its cause. */
const SLACK_MS = 1_000;

export interface LedgerFacts {
  readonly effects: number;
  readonly keys: number;
  readonly repeated: number;
  readonly most: number;
}

/**
 * Every effect has a stable key; between two effects under one key lies a disturbance that explains the second, so that
 * there are at most 1 + kills + freezes of them; and an execution has as many keys as its outcome says.
 */
export function checkLedger(
  effects: readonly Effect[],
  happened: readonly Happened[],
  planned: readonly Planned[],
  options: { executionArn: Subject['executionArn']; leaseMs: number; leasesLost: readonly number[] },
): { problems: string[]; facts: LedgerFacts } {
  const problems: string[] = [];
  const disturbed = happened.filter(({ kind, target }) => EXCUSES.test(kind) && !/^(api|scheduler)/.test(target));
  const excuses = [...disturbed, ...options.leasesLost.map((at) => ({ from: at - options.leaseMs, to: at }))];
  const byKey = Map.groupBy(effects, ({ key }) => key);
  for (const [key, same] of byKey) {
    same
      .toSorted((one, other) => one.at - other.at)
      .reduce((before, effect) => {
        const excused = excuses.some(
          ({ from, to }) => from - SLACK_MS <= effect.at && to + options.leaseMs + SLACK_MS >= before.at,
        );
        if (!excused) problems.push(`${effect.executionArn}: the effect ${key} was repeated for no reason`);
        return effect;
      });
    if (same.length > 1 + excuses.length) problems.push(`the effect ${key} happened ${same.length} times`);
  }
  const keysOf = Map.groupBy(byKey.keys(), (key) => byKey.get(key)?.[0]?.executionArn ?? '');
  for (const execution of planned) {
    const { effects: wanted } = execution.outcome;
    const [least, most] = typeof wanted === 'number' ? [wanted, wanted] : wanted;
    const keys = keysOf.get(options.executionArn(execution))?.length ?? 0;
    if (keys < least || keys > most)
      problems.push(`${execution.name}: ${keys} keys in the ledger, not ${least} to ${most}`);
  }
  const counts = [...byKey.values()].map((same) => same.length);
  const facts = {
    effects: effects.length,
    keys: byKey.size,
    repeated: counts.filter((count) => count > 1).length,
    most: Math.max(0, ...counts),
  };
  return { problems, facts };
}

/** What is left in the tables of open executions; all of it must be gone. */
export async function leftovers(databaseUrl: string): Promise<Record<string, number>> {
  return withAdmin(databaseUrl, async (client) => {
    const { rows } = await client.query<Record<string, number>>(
      `select (select count(*)::int from runs) as runs,
        (select count(*)::int from inbox) as inbox,
        (select count(*)::int from frames) as frames,
        (select count(*)::int from task_tokens) as task_tokens,
        (select count(*)::int from runs where owner is not null) as owned,
        (select count(*)::int from executions where status = 'RUNNING') as running`,
    );
    return rows[0] ?? {};
  });
}

/** For people: what the executions that hang look like in the database. */
export async function describeOpenRuns(databaseUrl: string, limit = 20): Promise<string[]> {
  return withAdmin(databaseUrl, async (client) => {
    const { rows } = await client.query<Record<string, unknown>>(
      `select e.name, r.epoch, r.owner, w.dead, (w.lease_until - extract(epoch from clock_timestamp()) * 1000)::bigint as lease_left,
         (r.wake_at - extract(epoch from clock_timestamp()) * 1000)::bigint as wake_in, r.grace_ms, r.signals, r.consumed,
         (select json_agg(json_build_object('task', task_id, 'kind', kind, 'status', status, 'taken_at', taken_at))
          from task_tokens t where t.execution_id = r.execution_id) as tokens
       from runs r join executions e using (execution_id) left join workers w on w.worker_id = r.owner limit $1`,
      [limit],
    );
    return rows.map((row) => JSON.stringify(row));
  });
}
