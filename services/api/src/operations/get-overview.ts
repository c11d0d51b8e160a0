import type { ExecutionSummary } from '@everstep/engine';
import { epochSeconds, operations } from '@everstep/protocol';
import { type ApiContext, route } from '../api-context.ts';

/** Executions looked at for one answer: the newest of the period, and of those that run. */
const COUNTED = 5_000;
const BUCKETS = 60;
const DEFAULT_PERIOD_SECONDS = 3_600;
const MACHINES = 100;
/** Steps that a clock has, in seconds: a bucket's width is the first that makes no more buckets than there may be. */
const WIDTHS = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800];

export const getOverviewRoute = route(operations.getOverview, async ({ engine }, input) => {
  const periodMs = (input.periodSeconds ?? DEFAULT_PERIOD_SECONDS) * 1_000;
  const to = engine.clock.now();
  const from = to - periodMs;
  const { region, accountId } = engine.settings;
  const [newest, open] = await Promise.all([
    read(engine, { region, accountId, startedFrom: from }),
    read(engine, { region, accountId, statuses: ['RUNNING'] }),
  ]);
  const countedFrom = newest.length < COUNTED ? from : (newest.at(-1)?.startDate ?? from);
  const bucketMs = 1_000 * (WIDTHS.find((width) => periodMs <= width * 1_000 * BUCKETS) ?? 172_800);
  return {
    from: epochSeconds(from),
    to: epochSeconds(to),
    countedFrom: epochSeconds(countedFrom),
    bucketSeconds: bucketMs / 1_000,
    buckets: bucketsOf(newest, { from: Math.floor(from / bucketMs) * bucketMs, to, bucketMs }),
    totals: { ...countsOf(newest), ...percentiles(newest) },
    running: open.length,
    runningIsMinimum: open.length === COUNTED,
    machines: machinesOf(newest, open),
  };
});

type Query = Omit<Parameters<ApiContext['engine']['store']['searchExecutions']>[0], 'limit'>;

async function read({ store }: ApiContext['engine'], query: Query): Promise<ExecutionSummary[]> {
  return store.searchExecutions({ ...query, limit: COUNTED });
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
}

function bucketsOf(executions: readonly ExecutionSummary[], { from, to, bucketMs }: Span): operations.OverviewBucket[] {
  const indexOf = (at: number): number => Math.floor((at - from) / bucketMs);
  const started = Map.groupBy(executions, ({ startDate }) => indexOf(startDate));
  const ended = Map.groupBy(
    executions.filter(({ stopDate }) => stopDate !== null),
    ({ stopDate }) => indexOf(stopDate ?? 0),
  );
  return Array.from({ length: indexOf(to) + 1 }, (_, index) => {
    const here = ended.get(index) ?? [];
    return {
      date: epochSeconds(from + index * bucketMs),
      ...countsOf(here),
      started: started.get(index)?.length ?? 0,
      ...percentiles(here),
    };
  });
}

function countsOf(executions: readonly ExecutionSummary[]): operations.ExecutionCounts {
  const count = (wanted: ExecutionSummary['status']): number =>
    executions.reduce((sum, { status }) => sum + (status === wanted ? 1 : 0), 0);
  return {
    started: executions.length,
    succeeded: count('SUCCEEDED'),
    failed: count('FAILED'),
    timedOut: count('TIMED_OUT'),
    aborted: count('ABORTED'),
  };
}

/** By rank, of those that ended well: how long a failure took says little about the work. */
function percentiles(executions: readonly ExecutionSummary[]): operations.DurationPercentiles {
  const seconds = executions
    .flatMap(({ status, startDate, stopDate }) =>
      status === 'SUCCEEDED' && stopDate !== null ? [(stopDate - startDate) / 1_000] : [],
    )
    .sort((left, right) => left - right);
  if (seconds.length === 0) return {};
  const at = (share: number): number => seconds[Math.min(seconds.length - 1, Math.floor(share * seconds.length))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function machinesOf(
  newest: readonly ExecutionSummary[],
  open: readonly ExecutionSummary[],
): operations.MachineOverview[] {
  const byMachine = Map.groupBy(newest, ({ stateMachineArn }) => stateMachineArn);
  const running = Map.groupBy(open, ({ stateMachineArn }) => stateMachineArn);
  return [...new Set([...byMachine.keys(), ...running.keys()])]
    .map((stateMachineArn) => {
      const executions = byMachine.get(stateMachineArn) ?? [];
      const counts = { ...countsOf(executions), running: running.get(stateMachineArn)?.length ?? 0 };
      return { stateMachineArn, ...counts, ...percentiles(executions) };
    })
    .sort((left, right) => right.started - left.started || right.running - left.running)
    .slice(0, MACHINES);
}
