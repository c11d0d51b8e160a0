import type { EngineContext } from '../context.ts';
import { encodeActivation } from '../activation-codec.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { ChildRedrive } from '../ports/map-run-store.ts';
import type { Arrival, ClaimedRun, CommitThen, NewExecution, RunCommit } from '../ports/run-store.ts';
import { childStop } from '../stop-arrivals.ts';
import { type ChildOutcome, outcomeParts } from './child-outcome.ts';
import { FAILURE_FRAME, failingOf } from './map-run-failure.ts';
import { type MapRunState, saveMapRunState, saveProgress } from './map-run-state.ts';

const MOST_OUTCOMES = 2_000;
const MOST_CHILDREN = 500;
const MOST_CHARACTERS = 2_000_000;

/** What a Map Run has done since its last commit, beside its state. It is bounded: who fills it waits for the commit. */
export class MapRunDraft {
  #children: NewExecution[] = [];
  #redriven: ChildRedrive[] = [];
  #outcomes: ChildOutcome[] = [];
  #stops: Arrival[] = [];
  #characters = 0;

  get isFull(): boolean {
    return (
      this.#outcomes.length >= MOST_OUTCOMES ||
      this.#children.length + this.#redriven.length >= MOST_CHILDREN ||
      this.#characters >= MOST_CHARACTERS
    );
  }
  get hasChildren(): boolean {
    return this.#children.length + this.#redriven.length > 0;
  }
  get hasStops(): boolean {
    return this.#stops.length > 0;
  }

  start(child: NewExecution): void {
    this.#children.push(child);
    this.#characters += child.input.length;
  }

  redrive(child: ChildRedrive): void {
    this.#redriven.push(child);
  }

  note(outcome: ChildOutcome): void {
    this.#outcomes.push(outcome);
    this.#characters += (outcome.output?.length ?? 0) + (outcome.input?.length ?? 0) + (outcome.cause?.length ?? 0);
  }

  stop(children: readonly ExecutionRecord[], now: number): void {
    for (const { executionId } of children) this.#stops.push(childStop(executionId, now));
  }

  /** All of it, which is then the commit's. */
  take(): {
    readonly children: readonly NewExecution[];
    readonly redrivenChildren: readonly ChildRedrive[];
    readonly outcomes: readonly ChildOutcome[];
    readonly stops: readonly Arrival[];
  } {
    const [children, redrivenChildren, outcomes, stops] = [this.#children, this.#redriven, this.#outcomes, this.#stops];
    this.#children = [];
    this.#redriven = [];
    this.#outcomes = [];
    this.#stops = [];
    this.#characters = 0;
    return { children, redrivenChildren, outcomes, stops };
  }
}

export interface MapRunCommitParts {
  readonly claimed: ClaimedRun;
  readonly state: MapRunState;
  readonly then: 'keep' | 'park' | 'end';
  readonly draft: MapRunDraft;
  /** The last inbox row that the state contains. */
  readonly consumed: number;
}

/** The counts, the children that begin and the outcomes of those that have ended are written together, or not at all. */
export function commitOf(
  { clock, settings }: Pick<EngineContext, 'clock' | 'settings'>,
  { claimed, state, then, draft, consumed }: MapRunCommitParts,
): RunCommit {
  const { execution, epoch } = claimed;
  const { children, redrivenChildren, outcomes, stops } = draft.take();
  const parts = outcomeParts(outcomes, state.part);
  if (parts.length > 0) state.part += 1;
  const now = clock.now();
  const isEnd = then === 'end';
  const status = isEnd ? endOf(state) : 'RUNNING';
  return {
    executionId: execution.executionId,
    ...{ epoch, consumed },
    checkpoint: saveMapRunState(state),
    format: state.format,
    // What succeeded is never gone through again; what it once failed for is over.
    frames: {
      written: [],
      deleted: [...(status === 'SUCCEEDED' ? ['plan'] : []), ...(failingOf(claimed) === null ? [] : [FAILURE_FRAME])],
    },
    history: null,
    tokens: { opened: [], closed: [] },
    arrivals: [...stops, ...(isEnd ? answer(execution, state, now) : [])],
    mapRuns: {
      own: {
        progress: saveProgress(state),
        ...{ status, stopDate: isEnd ? now : null, children, redrivenChildren, outcomes: parts },
        dropsOutcomes: status === 'SUCCEEDED',
      },
    },
    then: thenOf(then, status, now + settings.nameReuseMs, now),
  };
}

function thenOf(
  then: MapRunCommitParts['then'],
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED',
  reusableAt: number,
  now: number,
): CommitThen {
  if (then === 'keep' || status === 'RUNNING')
    return then === 'park' ? { kind: 'park', wakeAt: null } : { kind: 'keep' };
  return { kind: 'end', status, stopDate: now, output: null, error: null, cause: null, reusableAt };
}

function endOf({ isStopped, failure }: MapRunState): 'SUCCEEDED' | 'FAILED' | 'ABORTED' {
  if (isStopped) return 'ABORTED';
  return failure === null ? 'SUCCEEDED' : 'FAILED';
}

/** The parent hears of the end, unless it wanted it. */
function answer({ parent }: ExecutionRecord, state: MapRunState, now: number): Arrival[] {
  if (parent === null || state.isStopped) return [];
  return [mapRunAnswer(parent.executionId, state, now)];
}

export function mapRunAnswer(
  executionId: string,
  { taskId, failure, result }: Pick<MapRunState, 'taskId' | 'failure' | 'result'>,
  now: number,
): Arrival {
  if (failure !== null || result === null) {
    const activation = encodeActivation({ at: now, type: 'MapRunEnded', taskId, result: { ok: false, ...failure } });
    return { executionId, activation };
  }
  // The result is JSON text already, and is not read for being passed on.
  const head = JSON.stringify({ at: now, type: 'MapRunEnded', taskId });
  return { executionId, activation: `${head.slice(0, -1)},"result":{"ok":true,"output":${result}}}` };
}
