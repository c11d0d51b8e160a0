import { type ClaimedRun, FAILURE_FRAME, type RunCommit } from '@everstep/engine';
import { isObject, jsonText, parseJson } from '@everstep/language';
import type { MemoryState } from '@everstep/store-memory';

/** Why a worker cannot read a run. */
export const SEALED = 'it is sealed.';
/** Why it cannot compile a definition that others can. */
export const FOREIGN = 'its definition is of another version.';

/** A run as who lacks its key sees it: of a failure that has begun, it shows what that has left. */
export function sealed(run: ClaimedRun): ClaimedRun {
  const { lastEventId, lastEventTime }: Record<string, unknown> = JSON.parse(run.checkpoint);
  return {
    ...run,
    checkpoint: JSON.stringify({ sealed: '', lastEventId, lastEventTime }),
    frames: run.frames.filter(({ id }) => id === FAILURE_FRAME),
    inbox: run.inbox.map(({ number }) => ({ number, activation: 'sealed' })),
    unreadable: SEALED,
  };
}

/** A commit of who could not read the run: what was sealed stands as it was, with what is shown beside it. */
export function unsealed(state: MemoryState, commit: RunCommit): RunCommit {
  if (!commit.checkpoint.startsWith('{"sealed":')) return commit;
  const [shown, hidden] = [commit.checkpoint, state.runs.get(commit.executionId)?.checkpoint ?? '{}'].map(parseJson);
  if (!isObject(shown) || !isObject(hidden)) return commit;
  const { sealed: _sealed, ...told } = shown;
  return { ...commit, checkpoint: jsonText({ ...hidden, ...told }) };
}
