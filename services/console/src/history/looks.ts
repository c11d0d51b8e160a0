import type { StateLook } from '../graph/graph-nodes.tsx';
import { numberText } from '../ui/format.ts';
import type { HistoryModel, Visit, VisitStatus } from './history-model.ts';

/** What a state shows that it was in several times: the most telling of what happened to it. */
const FIRST: readonly VisitStatus[] = ['RUNNING', 'FAILED', 'CAUGHT', 'ABORTED', 'SUCCEEDED'];

/** How each state that was entered looks in the graph. */
export function looksOf(model: HistoryModel): Map<string, StateLook> {
  const looks = new Map<string, StateLook>();
  for (const [state, visits] of model.visitsByState) {
    const statuses = new Set(visits.map((visit) => model.statusOf(visit)));
    const status = FIRST.find((one) => statuses.has(one));
    const counts = countsOf(visits);
    looks.set(state, { ...(status === undefined ? {} : { status }), ...(counts === '' ? {} : { counts }) });
  }
  return looks;
}

function countsOf(visits: readonly Visit[]): string {
  const parts: string[] = [];
  if (visits.length > 1) parts.push(`× ${numberText(visits.length)}`);
  const last = visits.at(-1);
  if (last?.type === 'Map' && (last.items !== null || last.iterations.started > 0)) {
    const done = visits.reduce((sum, { iterations }) => sum + iterations.succeeded + iterations.failed, 0);
    const items = visits.reduce((sum, visit) => sum + (visit.items ?? visit.iterations.started), 0);
    const failed = visits.reduce((sum, { iterations }) => sum + iterations.failed, 0);
    parts.push(`${numberText(done)}/${numberText(items)}${failed > 0 ? `, ${numberText(failed)} failed` : ''}`);
  }
  const retries = visits.reduce((sum, { attempts }) => sum + Math.max(0, attempts.length - 1), 0);
  if (retries > 0) parts.push(`${numberText(retries)} ${retries === 1 ? 'retry' : 'retries'}`);
  return parts.join(' · ');
}
