import { isSignal } from '../map-run/map-run-signal.ts';
import { decodeActivation, encodeActivation } from '../activation-codec.ts';
import type { CommitLimits } from '../ports/limiter-store.ts';
import type { Arrival, ClaimedRun, CommitThen, RunCommit } from '../ports/run-store.ts';
import type { OpenToken } from '../ports/token-store.ts';
import { ApiError } from '@everstep/protocol';
import type { SealScope } from './key-in-use.ts';
import { sealHistory } from './sealed-history.ts';
import { openCheckpoint, openExecution, placeOf, sealCheckpoint, sealText, stateNamePlace } from './sealed-records.ts';
import { sealJobStop } from './sealed-job-stops.ts';
import { sealMapRuns } from './sealed-map-runs.ts';
import { type Sealer, isMarked } from './sealer.ts';

export interface SealContext {
  /** Of executions; null: not sealed. */
  readonly scopeOf: (executionId: string) => SealScope | null;
  /** Of activities that have a key of their own. */
  readonly activityScopeOf: (activityArn: string) => SealScope | null;
}

/** All of it at once: where one part cannot be read, nothing of it is. */
export function openRun(sealer: Sealer, run: ClaimedRun): ClaimedRun {
  const { executionId } = run.execution;
  const execution = openExecution(sealer, run.execution);
  return {
    ...run,
    execution: { ...execution },
    checkpoint: openCheckpoint(sealer, executionId, run.checkpoint),
    frames: run.frames.map(({ id, data }) => ({ id, data: sealer.open(placeOf(executionId, 'frame', id), data) })),
    inbox: run.inbox.map((row) => ({
      ...row,
      activation: sealer.open(placeOf(executionId, 'activation'), row.activation),
    })),
  };
}

/** The run with nothing of its data: enough to fail it. What a failure has left of itself is not sealed. */
export function unreadableRun(run: ClaimedRun, why: string): ClaimedRun {
  const data = { input: '"(encrypted)"', output: null, error: null, cause: null };
  const frames = run.frames.filter(({ data }) => !isMarked(data));
  return { ...run, execution: { ...run.execution, ...data }, frames, unreadable: why };
}

/**
 * The commit with its data sealed. `isFailure`: its run could not be read, so there is nothing in it but why.
 * Errors: KmsAccessDeniedException, KmsInvalidStateException.
 */
export function sealCommit(sealer: Sealer, commit: RunCommit, context: SealContext, isFailure: boolean): RunCommit {
  const arrivals = commit.arrivals.map((arrival) => sealArrival(sealer, arrival, context));
  const scope = isFailure ? null : context.scopeOf(commit.executionId);
  if (scope === null) {
    const opened = commit.tokens.opened.map((token) => sealToken(sealer, commit.executionId, token, context, null));
    return { ...commit, arrivals, tokens: { ...commit.tokens, opened }, then: sealEnd(sealer, null, commit) };
  }
  const { executionId, frames, history, limits, tokens, jobStops, mapRuns } = commit;
  return {
    ...commit,
    checkpoint: sealCheckpoint(sealer, scope, executionId, commit.checkpoint),
    frames: {
      ...frames,
      written: frames.written.map(({ id, data }) => ({
        id,
        data: sealer.seal(scope, placeOf(executionId, 'frame', id), data),
      })),
    },
    history: history === null ? null : sealHistory(sealer, scope, executionId, history),
    tokens: { ...tokens, opened: tokens.opened.map((token) => sealToken(sealer, executionId, token, context, scope)) },
    ...(limits === undefined ? {} : { limits: sealLimits(sealer, scope, limits) }),
    arrivals,
    ...(jobStops === undefined
      ? {}
      : { jobStops: jobStops.map((stop) => sealJobStop(sealer, scope, executionId, stop)) }),
    ...(mapRuns === undefined ? {} : { mapRuns: sealMapRuns(sealer, scope, executionId, mapRuns) }),
    then: sealEnd(sealer, scope, commit),
  };
}

function sealEnd(sealer: Sealer, scope: SealScope | null, { executionId, then }: RunCommit): CommitThen {
  if (then.kind !== 'end') return then;
  const sealed = (field: 'output' | 'error' | 'cause'): string | null => {
    const text = then[field];
    return text === null ? null : sealText(sealer, scope, placeOf(executionId, field), text);
  };
  return { ...then, output: sealed('output'), error: sealed('error'), cause: sealed('cause') };
}

/** A task's input under its activity's key, or under that of the execution where the activity has none. */
function sealToken(
  sealer: Sealer,
  executionId: string,
  token: OpenToken,
  context: SealContext,
  own: SealScope | null,
): OpenToken {
  const activity = token.activityArn === null ? null : context.activityScopeOf(token.activityArn);
  const { input, stateName, taskId } = token;
  const place = placeOf(executionId, 'task', taskId);
  return {
    ...token,
    input: input === null ? null : sealText(sealer, activity ?? own, place, input),
    stateName: sealText(sealer, own, stateNamePlace(executionId, taskId), stateName),
  };
}

/** The value of a key comes from the data: its digest tells equal ones, among those that are sealed under the same key. */
function sealLimits(sealer: Sealer, scope: SealScope, { opened, closed }: CommitLimits): CommitLimits {
  const sealed = opened.map((task) => ({
    taskId: task.taskId,
    stateName: null,
    limits: task.limits.map((limit) =>
      limit.key === '' ? limit : { ...limit, key: `sealed:${sealer.digest(scope, limit.limiterArn, limit.key)}` },
    ),
  }));
  return { opened: sealed, closed };
}

/** Under the key of who gets it. Where that one is gone, the other can do nothing any more but fail, and is told so. */
function sealArrival(sealer: Sealer, arrival: Arrival, { scopeOf }: SealContext): Arrival {
  const { executionId, activation } = arrival;
  const scope = scopeOf(executionId);
  if (scope === null) return arrival;
  try {
    return { executionId, activation: sealer.seal(scope, placeOf(executionId, 'activation'), activation) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { executionId, activation: withoutData(activation, error.message) };
  }
}

function withoutData(text: string, cause: string): string {
  // What children tell their Map Run holds no data.
  if (isSignal(text)) return text;
  const activation = decodeActivation(text);
  if (activation.type === 'Stop') return encodeActivation({ at: activation.at, type: 'Stop' });
  if (activation.type === 'MapRunEnded') {
    return encodeActivation({ ...activation, result: { ok: false, error: 'States.Runtime', cause } });
  }
  if (activation.type !== 'ChildResult') return text;
  return encodeActivation({ ...activation, result: { ok: false, error: 'States.Runtime', cause } });
}
