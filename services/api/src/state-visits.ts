import type { HistoryEvent } from '@everstep/language';

export interface StateVisit {
  readonly stateName: string;
  readonly stateType: string;
  readonly seconds: number;
}

export interface StateFailure {
  readonly stateName: string;
  readonly error: string;
}

const ENTERED = /^(\w+)StateEntered$/;

/**
 * Visits that have ended, from a history in its order. Of items of a Map that are in a state at the same time, who entered
 * first is taken to leave first: the times of all of them together are right.
 */
export function visitsOf(events: readonly HistoryEvent[]): StateVisit[] {
  const entered = new Map<string, number[]>();
  const visits: StateVisit[] = [];
  for (const { type, timestamp, stateEnteredEventDetails, stateExitedEventDetails } of events) {
    const entry = stateEnteredEventDetails?.name;
    if (entry !== undefined) {
      const times = entered.get(entry);
      if (times === undefined) entered.set(entry, [timestamp]);
      else times.push(timestamp);
    }
    const stateName = stateExitedEventDetails?.name;
    const from = stateName === undefined ? undefined : entered.get(stateName)?.shift();
    if (stateName === undefined || from === undefined) continue;
    visits.push({ stateName, stateType: type.replace(/StateExited$/, ''), seconds: (timestamp - from) / 1_000 });
  }
  return visits;
}

/** Where an execution failed: from its last event back along what led to it. null: that is too far back. */
export function failureOf(events: readonly HistoryEvent[]): StateFailure | null {
  const byId = new Map(events.map((event) => [event.id, event]));
  const last = events.find(({ type }) => type === 'ExecutionFailed' || type === 'ExecutionTimedOut');
  const details = last?.executionFailedEventDetails ?? last?.executionTimedOutEventDetails;
  const error = details?.error ?? (last?.type === 'ExecutionTimedOut' ? 'States.Timeout' : '');
  for (let event = last; event !== undefined; event = byId.get(event.previousEventId ?? 0)) {
    const stateName = event.stateEnteredEventDetails?.name;
    if (ENTERED.test(event.type) && stateName !== undefined) return { stateName, error };
  }
  return null;
}
