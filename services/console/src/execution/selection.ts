import type { HistoryModel, Visit } from '../history/history-model.ts';

/** What is looked at in detail: a state, and of the times that it was entered one. */
export interface Selection {
  readonly state: string;
  /** The event that entered it; null: the latest. */
  readonly enteredId: number | null;
}

export function visitOf(model: HistoryModel, { state, enteredId }: Selection): Visit | null {
  const visits = model.visitsByState.get(state) ?? [];
  return visits.find((visit) => visit.enteredId === enteredId) ?? visits.at(-1) ?? null;
}

/** `Ship` within the third item of `Each`: `Each[2]`. */
export function placeText(visit: Visit): string {
  const parts: string[] = [];
  for (let around = visit.container; around !== null; around = around.visit.container) {
    parts.unshift(around.iteration === null ? around.visit.state : `${around.visit.state}[${around.iteration}]`);
  }
  return parts.join(' › ');
}
