import { laneOf } from '@everstep/engine';
import type { ClaimRequest, ClaimedRun, ForceOutcome, Reread, RunCommit, RunStore } from '@everstep/engine';
import { applyCommit, refusal } from './commit.ts';
import { deadlines, freeRun, inboxAfter, isAlive, readRun, removeRun, takeRun } from './run-rows.ts';
import { startExecution, startExpress } from './start.ts';
import type { MemoryState } from './state.ts';

export function runVerbs(state: MemoryState): RunStore {
  return {
    async startExecutions(batch) {
      return batch.map((request) => startExecution(state, request));
    },
    async startExpress(batch) {
      return batch.map((request) => startExpress(state, request));
    },
    async endExpress(runs) {
      for (const { executionId, epoch } of runs) {
        const run = state.runs.get(executionId);
        if (run?.express === true && run.epoch === epoch) removeRun(state, run);
      }
    },
    async claim(request) {
      return claim(state, request);
    },
    async claimWarm({ workerId, runs }) {
      const worker = state.workers.get(workerId);
      if (worker === undefined || !isAlive(worker, state.now())) return [];
      return runs.flatMap(({ executionId, epoch }) => {
        const run = state.runs.get(executionId);
        if (run?.epoch !== epoch || run.owner !== null) return [];
        takeRun(state, run, worker);
        const { consumed } = run;
        return [{ executionId, epoch: run.epoch, consumed, inbox: inboxAfter(run, consumed), tokens: deadlines(run) }];
      });
    },
    async listDue(limit) {
      return inTurns(state.sleeping.due(state.now(), limit * LOOK_AHEAD)).slice(0, limit);
    },
    async commit(_workerId, batch) {
      return batch.map((commit) => refusal(state, commit) ?? { kind: 'committed', told: applyCommit(state, commit) });
    },
    async reread(runs) {
      const found: Reread[] = [];
      for (const { executionId, epoch, consumed } of runs) {
        const run = state.runs.get(executionId);
        if (run?.epoch !== epoch) continue;
        found.push({ executionId, inbox: inboxAfter(run, consumed), tokens: deadlines(run) });
      }
      return found;
    },
    async release(runs) {
      for (const { executionId, epoch, wakeInMs = 0 } of runs) {
        const run = state.runs.get(executionId);
        if (run?.epoch === epoch && run.owner !== null) freeRun(state, run, state.now() + wakeInMs);
      }
    },
    async absolve(claims) {
      for (const { executionId, epoch } of claims) {
        const run = state.runs.get(executionId);
        if (run === undefined || run.epoch < epoch) continue;
        // A dead owner that nobody has found yet is not counted later either.
        if (run.epoch === epoch && run.owner !== null) run.committedSinceClaim = true;
        else run.crashes = Math.max(0, run.crashes - 1);
      }
    },
    async force(executionId, decide) {
      return force(state, executionId, decide);
    },
  };
}

/** How many times what is asked for is looked at, so that the lanes have their turns. */
const LOOK_AHEAD = 2;

/** The first of each lane, then the second of each, in the order of their coming. */
function inTurns(runs: ReadonlyArray<{ readonly executionId: string }>): string[] {
  const turns: string[][] = [];
  const counts = new Map<number, number>();
  for (const { executionId } of runs) {
    const lane = laneOf(executionId);
    const turn = counts.get(lane) ?? 0;
    counts.set(lane, turn + 1);
    (turns[turn] ??= []).push(executionId);
  }
  return turns.flat();
}

function claim(state: MemoryState, { workerId, executionIds, formats }: ClaimRequest): ClaimedRun[] {
  const now = state.now();
  const worker = state.workers.get(workerId);
  if (worker === undefined || !isAlive(worker, now)) return [];
  const claimed: ClaimedRun[] = [];
  for (const executionId of new Set(executionIds)) {
    const run = state.runs.get(executionId);
    if (run === undefined || !formats.includes(run.format)) continue;
    if (run.owner !== null && run.owner !== worker && isAlive(run.owner, now)) continue;
    takeRun(state, run, worker);
    claimed.push(readRun(run));
  }
  return claimed;
}

/** The new epoch is written only with the commit it was made for: whatever throws leaves no trace. */
function force(state: MemoryState, executionId: string, decide: (run: ClaimedRun) => RunCommit): ForceOutcome {
  const run = state.runs.get(executionId);
  if (run === undefined) return { kind: 'ended' };
  const formerOwner = run.owner?.workerId ?? null;
  const epoch = run.epoch + 1;
  const commit = decide({ ...readRun(run), epoch });
  if (commit.executionId !== executionId || commit.epoch !== epoch) {
    throw new Error(`a forced commit of execution ${executionId} must carry its id and epoch ${epoch}`);
  }
  const refused = refusal(state, { ...commit, epoch: run.epoch });
  if (refused !== null) {
    const why = refused.kind === 'unstorable' ? refused.message : refused.kind;
    throw new Error(`a forced commit of execution ${executionId} was refused: ${why}`);
  }
  run.epoch = epoch;
  const told = applyCommit(state, commit);
  // Nobody owns a run that was forced: who had it is fenced, and who forced it keeps nothing in memory.
  if (commit.then.kind === 'keep') freeRun(state, run, state.now());
  return { kind: 'committed', told, formerOwner };
}
