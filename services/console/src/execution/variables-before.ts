import { call } from '../api/call.ts';
import type { Container, HistoryModel, Visit } from '../history/history-model.ts';

const PAGE = 1_000;
const MOST_PAGES = 10;

/**
 * The variables that a state began with: those that the states before it have assigned, of its own branch or iteration and
 * of what lies around it, as JSON texts by their names. null: there are too many events to look at.
 */
export async function variablesBefore(
  executionArn: string,
  model: HistoryModel,
  visit: Visit,
  signal: AbortSignal,
): Promise<Record<string, string> | null> {
  const scopes = scopesOf(visit);
  const variables: Record<string, string> = {};
  const exits = new Map(model.visits.map((one) => [one.exitedId, one]));
  for (let from = 1; from < visit.enteredId; from += PAGE) {
    if (from > PAGE * MOST_PAGES) return null;
    const maxResults = Math.min(PAGE, visit.enteredId - from);
    const request = { executionArn, fromEventId: from, maxResults, includeExecutionData: true };
    const { events } = await call('GetHistoryEvents', request, signal);
    for (const event of events) {
      const assigned = event.stateExitedEventDetails?.assignedVariables;
      const by = assigned === undefined ? undefined : exits.get(event.id);
      if (by === undefined || !scopes.some((scope) => isSame(scope, by.container))) continue;
      for (const [name, value] of Object.entries(assigned ?? {})) variables[name] = value;
    }
  }
  return variables;
}

/** Its own surroundings, and those around them. */
function scopesOf(visit: Visit): Array<Container | null> {
  const scopes: Array<Container | null> = [];
  for (let container = visit.container; container !== null; container = container.visit.container)
    scopes.push(container);
  return [...scopes, null];
}

function isSame(left: Container | null, right: Container | null): boolean {
  if (left === null || right === null) return left === right;
  return left.visit === right.visit && left.iteration === right.iteration;
}
