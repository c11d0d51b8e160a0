import { type EngineContext, type ExecutionStatus, type ExecutionSummary, findStateMachine } from '@everstep/engine';
import { ApiError, epochSeconds, machineTarget, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';
import { readHistoryPage } from '../history-wire.ts';
import { failureOf, visitsOf } from '../state-visits.ts';

const DEFAULT_PERIOD_SECONDS = 3_600;
/** Executions whose histories are looked into, of each kind. */
const LOOKED_INTO = 100;
/** Events of one of them, and from the end of one that failed. */
const EVENTS = 1_000;
const LAST_EVENTS = 100;
/** How long one answer may look into histories, in milliseconds. */
const LOOK_MS = 2_000;
/** How long an answer is good for all who ask the same. */
const GOOD_MS = 10_000;
const MAX_ANSWERS = 1_000;
const SHOWN = 20;

const ENDED: readonly ExecutionStatus[] = ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];
const FAILED: readonly ExecutionStatus[] = ['FAILED', 'TIMED_OUT'];

interface Answer {
  readonly at: number;
  readonly figures: Promise<operations.GetStateFiguresOutput>;
}

/** By store, account and question: pages that many look at ask for it again and again. */
const answers = new WeakMap<EngineContext['store'], Map<string, Answer>>();

export const getStateFiguresRoute = route(operations.getStateFigures, async ({ engine }, input) => {
  const { stateMachineArn, periodSeconds = DEFAULT_PERIOD_SECONDS } = input;
  if (stateMachineArn !== undefined) {
    await findStateMachine(engine, machineTarget(stateMachineArn).stateMachineArn);
  }
  const known = answers.get(engine.store) ?? new Map<string, Answer>();
  answers.set(engine.store, known);
  const question = JSON.stringify([engine.settings.accountId, stateMachineArn, periodSeconds]);
  const now = engine.clock.now();
  const former = known.get(question);
  if (former !== undefined && now - former.at < GOOD_MS && now >= former.at) return former.figures;
  if (known.size >= MAX_ANSWERS) known.clear();
  const answer = { at: now, figures: figuresOf(engine, now - periodSeconds * 1_000, stateMachineArn) };
  known.set(question, answer);
  answer.figures.catch(() => known.delete(question));
  return answer.figures;
});

async function figuresOf(
  engine: EngineContext,
  startedFrom: number,
  arn: string | undefined,
): Promise<operations.GetStateFiguresOutput> {
  const look = new Look(engine.store);
  const { region, accountId } = engine.settings;
  const machine = arn === undefined ? {} : { machine: { stateMachineArn: machineTarget(arn).stateMachineArn } };
  const newest = (statuses: readonly ExecutionStatus[]): Promise<ExecutionSummary[]> =>
    engine.store.searchExecutions({ region, accountId, ...machine, statuses, startedFrom, limit: LOOKED_INTO });
  const [ended, failed] = await Promise.all([newest(ENDED), newest(FAILED)]);
  const failing = await look.failures(failed);
  const slowest = await look.durations(ended);
  return {
    executions: slowest.lookedInto,
    failedExecutions: failing.lookedInto,
    isPart: Math.max(ended.length, failed.length) === LOOKED_INTO || slowest.lookedInto < ended.length,
    notRead: look.notRead.size,
    slowest: slowest.states,
    failing: failing.states,
  };
}

interface Found<State> {
  readonly lookedInto: number;
  readonly states: State[];
}

/** Reads histories for as long as one answer may. */
class Look {
  readonly notRead = new Set<string>();
  readonly #store: EngineContext['store'];
  readonly #until = performance.now() + LOOK_MS;

  constructor(store: EngineContext['store']) {
    this.#store = store;
  }

  async durations(executions: readonly ExecutionSummary[]): Promise<Found<operations.StateDuration>> {
    const seconds = new Map<string, { stateMachineArn: string; stateName: string; stateType: string; all: number[] }>();
    let lookedInto = 0;
    for (const { executionId, stateMachineArn } of executions) {
      const events = await this.#read(executionId, { reverse: false, limit: EVENTS });
      if (events === null) break;
      lookedInto += 1;
      for (const { stateName, stateType, seconds: span } of visitsOf(events)) {
        if (stateType === 'Wait') continue;
        const key = JSON.stringify([stateMachineArn, stateName]);
        const state = seconds.get(key) ?? { stateMachineArn, stateName, stateType, all: [] };
        state.all.push(span);
        seconds.set(key, state);
      }
    }
    const states = [...seconds.values()].map(({ all, ...state }) => {
      const sorted = all.sort((left, right) => left - right);
      const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
      return { ...state, visits: sorted.length, p50: at(0.5), p95: at(0.95), longest: at(1) };
    });
    return { lookedInto, states: states.sort((left, right) => right.p95 - left.p95).slice(0, SHOWN) };
  }

  async failures(executions: readonly ExecutionSummary[]): Promise<Found<operations.FailingState>> {
    const found: Array<{ readonly key: string; readonly execution: ExecutionSummary; name: string; error: string }> =
      [];
    let lookedInto = 0;
    for (const execution of executions) {
      const events = await this.#read(execution.executionId, { reverse: true, limit: LAST_EVENTS });
      if (events === null) break;
      lookedInto += 1;
      const failure = failureOf(events);
      if (failure === null) continue;
      const { stateName: name, error } = failure;
      found.push({ key: JSON.stringify([execution.stateMachineArn, name]), execution, name, error });
    }
    const states = [...Map.groupBy(found, ({ key }) => key).values()].flatMap((same) => {
      const [newest] = same;
      if (newest === undefined) return [];
      const { stateMachineArn, executionArn, startDate } = newest.execution;
      const errors = [...Map.groupBy(same, ({ error }) => error)].sort(
        ([, one], [, other]) => other.length - one.length,
      );
      const figures = { stateName: newest.name, executions: same.length, error: errors[0]?.[0] ?? '' };
      return [{ stateMachineArn, ...figures, executionArn, startDate: epochSeconds(startDate) }];
    });
    return { lookedInto, states: states.sort((left, right) => right.executions - left.executions).slice(0, SHOWN) };
  }

  /** null: there is no time left. What cannot be opened is as if it were empty. */
  async #read(executionId: string, page: { readonly reverse: boolean; readonly limit: number }) {
    if (performance.now() > this.#until) return null;
    try {
      return (await readHistoryPage(this.#store, { executionId, from: undefined, ...page })).events;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.notRead.add(executionId);
      return [];
    }
  }
}
