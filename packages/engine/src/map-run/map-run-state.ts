import { CHECKPOINT_FORMAT, InvariantError, MAP_RUN_CONCURRENCY, type MapRunPlan } from '@everstep/language';

/** How a child execution can end. */
export type ChildStatus = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** Of items, or of child executions. What is neither here nor pending does not exist. */
export interface Counts {
  total: number;
  running: number;
  succeeded: number;
  failed: number;
  timedOut: number;
  aborted: number;
  resultsWritten: number;
  failuresNotRedrivable: number;
  /** Unsuccessful ones of before the redrive that have not begun again. */
  pendingRedrive: number;
}

/** What DescribeMapRun shows of the counts. */
export interface MapRunProgress {
  readonly items: Counts;
  readonly executions: Counts;
}

/** A redrive looks at the children there were, in their order, and lets run again what did not succeed. */
export interface Redriving {
  /** The next child to look at. */
  cursor: number;
  /** The first child that had not begun before the redrive. */
  readonly until: number;
  /** Outcomes of this part or a later one were written since the redrive. */
  readonly part: number;
  /** Express: those that run again, which a new owner begins with once more. */
  open: { readonly executions: number; readonly items: number };
}

/**
 * The checkpoint of a Map Run: where it is in its items, and the counts. Children are numbered from 0 in the order of
 * their items.
 */
export interface MapRunState {
  readonly format: number;
  /** STOPPING: nothing begins any more; it ends when the last child has. */
  phase: 'RUNNING' | 'STOPPING' | 'ENDED';
  /** The parent's task that waits for the end. */
  taskId: number;
  /** Children below have begun, or (Express) may have. */
  next: number;
  /** The item that the child `next` begins with. */
  nextItem: number;
  /** Express: every child below has an outcome. */
  low: number;
  lowItem: number;
  /** All items have been taken. */
  exhausted: boolean;
  redriving: Redriving | null;
  /** It is to be redriven as soon as it has stopped; the parent's task that waits then. */
  redriveTask: number | null;
  /** The number of the next part of outcomes. */
  part: number;
  readonly counts: MapRunProgress;
  maxConcurrency: number;
  toleratedFailureCount: number | null;
  toleratedFailurePercentage: number | null;
  /** Somebody stopped it: it ends ABORTED. */
  isStopped: boolean;
  /** Why it fails; null: it does not. */
  failure: { readonly error: string; readonly cause: string } | null;
  /** JSON text, once it has succeeded. */
  result: string | null;
}

function noCounts(): Counts {
  return {
    total: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    timedOut: 0,
    aborted: 0,
    resultsWritten: 0,
    failuresNotRedrivable: 0,
    pendingRedrive: 0,
  };
}

export function newMapRunState(taskId: number, plan: MapRunPlan, isBatched: boolean): MapRunState {
  const [items, executions] = [noCounts(), noCounts()];
  items.total = plan.items?.length ?? 0;
  if (!isBatched) executions.total = items.total;
  return {
    format: CHECKPOINT_FORMAT,
    phase: 'RUNNING',
    taskId,
    ...{ next: 0, nextItem: 0, low: 0, lowItem: 0, part: 1 },
    exhausted: plan.items?.length === 0,
    redriving: null,
    redriveTask: null,
    counts: { items, executions },
    maxConcurrency: plan.maxConcurrency,
    toleratedFailureCount: plan.toleratedFailureCount,
    toleratedFailurePercentage: plan.toleratedFailurePercentage,
    isStopped: false,
    failure: null,
    result: null,
  };
}

export function saveMapRunState(state: MapRunState): string {
  return JSON.stringify(state);
}

/** Throws an InvariantError where the text is no checkpoint of a Map Run. */
export function loadMapRunState(text: string): MapRunState {
  const value: unknown = JSON.parse(text);
  if (!isMapRunState(value)) throw new InvariantError('the checkpoint of a Map Run is not as it was written');
  return value;
}

function isMapRunState(value: unknown): value is MapRunState {
  return typeof value === 'object' && value !== null && 'phase' in value && 'next' in value && 'counts' in value;
}

export function saveProgress({ counts }: Pick<MapRunState, 'counts'>): string {
  return JSON.stringify(counts);
}

/** Written by {@link saveProgress}. */
export function loadProgress(text: string): MapRunProgress {
  const value: MapRunProgress = JSON.parse(text);
  return value;
}

/** What has not begun: a share of the total. */
export function pendingOf(counts: Counts): number {
  const { total, running, succeeded, failed, timedOut, aborted, pendingRedrive } = counts;
  return Math.max(0, total - running - succeeded - failed - timedOut - aborted - pendingRedrive);
}

/** A child begins that has not begun before. How many there are is known when the last one is. */
export function countStart({ counts }: Pick<MapRunState, 'counts'>, child: NumberedItems): void {
  const { executions, items } = counts;
  executions.total = Math.max(executions.total, child.index + 1);
  executions.running += 1;
  items.total = Math.max(items.total, child.firstItem + child.items);
  items.running += child.items;
}

/** Which child, and which items it has. */
export interface NumberedItems {
  readonly index: number;
  readonly firstItem: number;
  readonly items: number;
}

/** A child that had ended without success begins again. */
export function countRestart({ counts }: Pick<MapRunState, 'counts'>, items: number): void {
  for (const [count, by] of [[counts.executions, 1] as const, [counts.items, items] as const]) {
    count.pendingRedrive -= by;
    count.running += by;
  }
}

/** A child that had ended without success cannot begin again. */
export function countNotRedrivable(state: Pick<MapRunState, 'counts'>, status: ChildStatus, items: number): void {
  for (const [count, by] of [[state.counts.executions, 1] as const, [state.counts.items, items] as const]) {
    count.pendingRedrive -= by;
    count.failuresNotRedrivable += by;
    count[memberOf(status)] += by;
  }
}

export function countEnd({ counts }: Pick<MapRunState, 'counts'>, status: ChildStatus, items: number): void {
  for (const [count, by] of [[counts.executions, 1] as const, [counts.items, items] as const]) {
    count.running -= by;
    count[memberOf(status)] += by;
  }
}

export function memberOf(status: ChildStatus): 'succeeded' | 'failed' | 'timedOut' | 'aborted' {
  if (status === 'SUCCEEDED') return 'succeeded';
  if (status === 'FAILED') return 'failed';
  return status === 'TIMED_OUT' ? 'timedOut' : 'aborted';
}

/** The redrive begins: what did not succeed waits to begin again. */
export function beginRedrive(state: MapRunState, taskId: number): void {
  state.taskId = taskId;
  state.phase = 'RUNNING';
  state.isStopped = false;
  state.failure = null;
  state.redriving = { cursor: 0, until: state.next, part: state.part, open: { executions: 0, items: 0 } };
  state.redriveTask = null;
  for (const count of [state.counts.executions, state.counts.items]) {
    // A redrive that was itself stopped may have left some that it had not come to.
    count.pendingRedrive += count.failed + count.timedOut + count.aborted;
    count.failed = count.timedOut = count.aborted = count.failuresNotRedrivable = count.resultsWritten = 0;
  }
}

/** How many children may run at once. */
export function concurrencyOf({ maxConcurrency }: Pick<MapRunState, 'maxConcurrency'>): number {
  return maxConcurrency === 0 ? MAP_RUN_CONCURRENCY : Math.min(maxConcurrency, MAP_RUN_CONCURRENCY);
}

/**
 * Whether more items have failed than is tolerated. A percentage is one of all items, so it is decided when all are
 * known.
 */
export function exceedsTolerance(state: MapRunState): boolean {
  const { toleratedFailureCount: count, toleratedFailurePercentage: percentage, counts, exhausted } = state;
  const { failed, timedOut, aborted, total } = counts.items;
  const unsuccessful = failed + timedOut + aborted;
  if (unsuccessful === 0) return false;
  if (count === null && percentage === null) return true;
  if (count !== null && unsuccessful > count) return true;
  return percentage !== null && exhausted && (unsuccessful / total) * 100 > percentage;
}

/** The outcomes of all that have ended are in the files of the ResultWriter. */
export function countWritten({ counts }: Pick<MapRunState, 'counts'>): void {
  for (const count of [counts.executions, counts.items]) {
    count.resultsWritten = count.succeeded + count.failed + count.timedOut + count.aborted;
  }
}
