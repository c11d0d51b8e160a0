/** What of a history's events tells how far a state has come. */
export interface StateEvent {
  readonly stateEnteredEventDetails?: { readonly name?: string | undefined } | undefined;
  readonly stateExitedEventDetails?: { readonly name?: string | undefined } | undefined;
}

export type StateStatus = 'succeeded' | 'running' | 'failed';

/** How far each state of an execution has come, by its history; states that it did not enter are not there. */
export function stateStatuses(events: readonly StateEvent[], isRunning: boolean): Map<string, StateStatus> {
  const open = new Map<string, number>();
  for (const event of events) {
    const entered = event.stateEnteredEventDetails?.name;
    const exited = event.stateExitedEventDetails?.name;
    if (entered !== undefined) open.set(entered, (open.get(entered) ?? 0) + 1);
    if (exited !== undefined) open.set(exited, (open.get(exited) ?? 1) - 1);
  }
  return new Map(
    Array.from(open, ([name, count]): [string, StateStatus] => {
      if (count <= 0) return [name, 'succeeded'];
      return [name, isRunning ? 'running' : 'failed'];
    }),
  );
}
