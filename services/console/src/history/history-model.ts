import type { HistoryEvent } from '@everstep/language';

export type VisitStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CAUGHT' | 'ABORTED';

/** One attempt at a task: from its scheduling to its outcome. Times in seconds since the epoch. */
export interface Attempt {
  readonly scheduledId: number;
  readonly scheduledAt: number;
  startedAt: number | null;
  endedAt: number | null;
  endId: number | null;
  outcome: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  error: string | null;
  cause: string | null;
}

/** One time that an execution was in a state. */
export interface Visit {
  readonly index: number;
  readonly enteredId: number;
  readonly state: string;
  /** As in the definition: `Task`, `Map` … */
  readonly type: string;
  /** The Map or Parallel that it lies in, and of a Map the iteration. */
  readonly container: Container | null;
  readonly enteredAt: number;
  exitedAt: number | null;
  exitedId: number | null;
  /** Of a task, one for each try. */
  readonly attempts: Attempt[];
  /** The last failure in it that was told. */
  error: string | null;
  cause: string | null;
  /** When the last event in it was. */
  lastAt: number;
  /** Of a Map. */
  readonly iterations: Counts;
  /** Of a Map, how many items it has. */
  items: number | null;
}

export interface Counts {
  started: number;
  succeeded: number;
  failed: number;
  aborted: number;
}

export interface Container {
  readonly visit: Visit;
  readonly iteration: number | null;
}

/** Where in the execution an event lies. */
interface Position {
  readonly visit: Visit | null;
  readonly container: Container | null;
}

const ROOT: Position = { visit: null, container: null };

/** How an execution ended, by its history; null while it runs. */
export interface Ending {
  readonly type: string;
  readonly at: number;
  readonly error: string | null;
  readonly cause: string | null;
  /** Where it happened. */
  readonly culprit: Visit | null;
}

/**
 * What an execution has done, from its events in their order: which states it was in, from when to when, how often it
 * tried. Events may come in parts; each is looked at once.
 */
export class HistoryModel {
  readonly events: HistoryEvent[] = [];
  readonly visits: Visit[] = [];
  readonly visitsByState = new Map<string, Visit[]>();
  ending: Ending | null = null;
  /** Whether a distributed Map of it has begun. */
  hasMapRuns = false;
  /** How often it was redriven. */
  redrives = 0;
  readonly #positions: Position[] = [];

  get lastEventId(): number {
    return this.events.at(-1)?.id ?? 0;
  }

  get lastAt(): number {
    return this.events.at(-1)?.timestamp ?? 0;
  }

  /** Takes further events; those that are known already are passed over. True where there was a new one. */
  add(events: readonly HistoryEvent[]): boolean {
    const before = this.lastEventId;
    for (const event of events) {
      if (event.id !== this.lastEventId + 1) continue;
      this.events.push(event);
      this.#positions[event.id] = this.#take(event, this.#positions[event.previousEventId] ?? ROOT);
    }
    return this.lastEventId > before;
  }

  /** The state that an event happened in. */
  visitOf(eventId: number): Visit | null {
    const position = this.#positions[eventId];
    return position?.visit ?? position?.container?.visit ?? null;
  }

  statusOf(visit: Visit): VisitStatus {
    if (visit.exitedAt !== null) return isFailed(visit) ? 'CAUGHT' : 'SUCCEEDED';
    if (this.ending === null) return 'RUNNING';
    if (visit.type === 'Succeed') return 'SUCCEEDED';
    return this.#isGuilty(visit) ? 'FAILED' : 'ABORTED';
  }

  /** How long it was in it, in seconds; `now` where it still is. */
  durationOf(visit: Visit, now: number): number {
    const end = visit.exitedAt ?? this.ending?.at ?? Math.max(now, visit.enteredAt);
    return end - visit.enteredAt;
  }

  /** The culprit and what lies around it. */
  #isGuilty(visit: Visit): boolean {
    if (this.ending === null || this.ending.type === 'ExecutionAborted') return false;
    for (let guilty = this.ending.culprit; guilty !== null; guilty = guilty.container?.visit ?? null) {
      if (guilty === visit) return true;
    }
    return false;
  }

  /** The history ends with the Parallel or Map that failed; what failed in it is what people look for. */
  #innermost(told: Visit): Visit {
    const failed = this.visits.filter((visit) => visit.exitedAt === null && isFailed(visit) && isWithin(visit, told));
    return failed.reduce((latest, visit) => (visit.lastAt >= latest.lastAt ? visit : latest), failed[0] ?? told);
  }

  #take(event: HistoryEvent, before: Position): Position {
    const { type } = event;
    if (type === 'MapRunStarted') this.hasMapRuns = true;
    if (type.endsWith('StateEntered')) return this.#enter(event, before);
    if (type.endsWith('StateExited')) return exit(event, before);
    if (type.startsWith('MapIteration')) return iterate(event, before);
    if (/^(Map|Parallel)State/.test(type)) return this.#group(event, before);
    if (type.startsWith('Execution')) return this.#execution(event, before);
    const visit = before.visit ?? before.container?.visit ?? null;
    if (visit === null) return before;
    visit.lastAt = event.timestamp;
    noteTask(visit, event);
    return { visit, container: visit.container };
  }

  #enter(event: HistoryEvent, { container }: Position): Position {
    const state = event.stateEnteredEventDetails?.name ?? '';
    const visit: Visit = {
      index: this.visits.length,
      enteredId: event.id,
      state,
      type: event.type.replace(/StateEntered$/, ''),
      container,
      enteredAt: event.timestamp,
      exitedAt: null,
      exitedId: null,
      attempts: [],
      error: null,
      cause: null,
      lastAt: event.timestamp,
      iterations: { started: 0, succeeded: 0, failed: 0, aborted: 0 },
      items: null,
    };
    this.visits.push(visit);
    const others = this.visitsByState.get(state);
    if (others === undefined) this.visitsByState.set(state, [visit]);
    else others.push(visit);
    return { visit, container };
  }

  #group(event: HistoryEvent, before: Position): Position {
    const visit = enclosing(before, ({ type }) => event.type.startsWith(`${type}State`));
    if (visit === null) return before;
    visit.lastAt = event.timestamp;
    if (event.type === 'MapStateStarted') visit.items = event.mapStateStartedEventDetails?.length ?? null;
    // The branches of a Parallel begin from here; what follows finds the Parallel again by its type.
    if (event.type === 'ParallelStateStarted') return { visit: null, container: { visit, iteration: null } };
    return { visit, container: visit.container };
  }

  #execution(event: HistoryEvent, before: Position): Position {
    if (event.type === 'ExecutionRedriven') {
      this.ending = null;
      this.redrives += 1;
      return before;
    }
    if (event.type === 'ExecutionStarted') return ROOT;
    const details =
      event.executionFailedEventDetails ?? event.executionTimedOutEventDetails ?? event.executionAbortedEventDetails;
    const told = event.type === 'ExecutionSucceeded' ? null : (before.visit ?? before.container?.visit ?? null);
    const culprit = told === null ? null : this.#innermost(told);
    const { error = null, cause = null } = details ?? {};
    this.ending = { type: event.type, at: event.timestamp, error, cause, culprit };
    if (culprit !== null && event.type === 'ExecutionFailed') {
      culprit.error ??= error;
      culprit.cause ??= cause;
    }
    return before;
  }
}

function exit(event: HistoryEvent, before: Position): Position {
  const name = event.stateExitedEventDetails?.name;
  const visit = enclosing(before, (one) => one.state === name && one.exitedAt === null);
  if (visit === null) return before;
  visit.exitedAt = event.timestamp;
  visit.exitedId = event.id;
  visit.lastAt = event.timestamp;
  return { visit: null, container: visit.container };
}

function iterate(event: HistoryEvent, before: Position): Position {
  const details =
    event.mapIterationStartedEventDetails ??
    event.mapIterationSucceededEventDetails ??
    event.mapIterationFailedEventDetails ??
    event.mapIterationAbortedEventDetails;
  const visit = enclosing(
    before,
    ({ type, state }) => type === 'Map' && (details === undefined || state === details.name),
  );
  if (visit === null) return before;
  visit.lastAt = event.timestamp;
  const what = event.type.slice('MapIteration'.length);
  if (what === 'Started') {
    visit.iterations.started += 1;
    return { visit: null, container: { visit, iteration: details?.index ?? null } };
  }
  if (what === 'Succeeded') visit.iterations.succeeded += 1;
  if (what === 'Failed') visit.iterations.failed += 1;
  if (what === 'Aborted') visit.iterations.aborted += 1;
  return { visit, container: visit.container };
}

/** The innermost state around a position that fits. */
function enclosing({ visit, container }: Position, fits: (visit: Visit) => boolean): Visit | null {
  if (visit !== null && fits(visit)) return visit;
  for (let around = visit === null ? container : visit.container; around !== null; around = around.visit.container) {
    if (fits(around.visit)) return around.visit;
  }
  return null;
}

function isWithin(visit: Visit, outer: Visit): boolean {
  for (let around = visit.container; around !== null; around = around.visit.container) {
    if (around.visit === outer) return true;
  }
  return false;
}

/** Whether the last thing that is known of it is a failure. */
function isFailed({ attempts, error }: Visit): boolean {
  const last = attempts.at(-1);
  if (last !== undefined) return last.outcome === 'FAILED' || last.outcome === 'TIMED_OUT';
  return error !== null;
}

/** Task, Lambda and activity events differ in their first word only. */
function noteTask(visit: Visit, event: HistoryEvent): void {
  const failure = failureOf(event);
  if (failure !== null) {
    visit.error = failure.error;
    visit.cause = failure.cause;
  }
  if (/(Task|LambdaFunction|Activity)Scheduled$/.test(event.type)) {
    visit.attempts.push({
      scheduledId: event.id,
      scheduledAt: event.timestamp,
      startedAt: null,
      endedAt: null,
      endId: null,
      outcome: 'RUNNING',
      error: null,
      cause: null,
    });
    return;
  }
  const attempt = visit.attempts.at(-1);
  if (attempt === undefined) return;
  if (/(Task|LambdaFunction|Activity)Started$/.test(event.type)) attempt.startedAt = event.timestamp;
  const isGood = /(Task|LambdaFunction|Activity)Succeeded$/.test(event.type);
  if (!isGood && failure === null) return;
  attempt.endedAt = event.timestamp;
  attempt.endId = event.id;
  attempt.outcome = isGood ? 'SUCCEEDED' : event.type.endsWith('TimedOut') ? 'TIMED_OUT' : 'FAILED';
  attempt.error = failure?.error ?? null;
  attempt.cause = failure?.cause ?? null;
}

/** The error that an event tells, whatever its details are called; null where it tells none. */
export function failureOf(event: HistoryEvent): { readonly error: string; readonly cause: string | null } | null {
  if (!/(Failed|TimedOut|Aborted)$/.test(event.type)) return null;
  for (const details of Object.values(event)) {
    if (typeof details !== 'object' || details === null || !('error' in details)) continue;
    const cause = 'cause' in details && typeof details.cause === 'string' ? details.cause : null;
    return { error: String(details.error), cause };
  }
  return event.type.endsWith('Aborted') ? null : { error: event.type, cause: null };
}
