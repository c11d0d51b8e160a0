import type { LimiterRecord, LimiterStore, LimiterTask, LimiterUse } from '@everstep/engine';
import { limiterArn as arnOf } from '@everstep/protocol';
import { grantPermits } from './limited-tasks.ts';
import type { LimitedTaskRow } from './permit-tables.ts';
import { compareText } from './sorted-list.ts';
import type { MemoryState } from './state.ts';

export function limiterVerbs(state: MemoryState): LimiterStore {
  const { limiters } = state.permits;
  const find = (limiterArn: string): LimiterRecord | null => limiters.get(limiterArn)?.record ?? null;
  return {
    async putLimiter({ limiterArn, name, settings }) {
      const now = state.now();
      const known = limiters.get(limiterArn);
      const { createdAt, pausedAt } = known?.record ?? { createdAt: now, pausedAt: null };
      const record = { limiterArn, name, settings, createdAt, updatedAt: now, pausedAt };
      limiters.set(limiterArn, { bucket: null, lookAt: null, cursor: '', ...known, record });
      lookAnew(state, limiterArn);
      return { isNew: known === undefined, limiter: record };
    },
    findLimiter: async (limiterArn) => find(limiterArn),
    async listLimiters({ afterName, limit, ...scope }) {
      return [...limiters.values()]
        .map(({ record }) => record)
        .filter(({ limiterArn, name }) => limiterArn === arnOf(scope, name))
        .filter(({ name }) => afterName === undefined || compareText(name, afterName) > 0)
        .toSorted((left, right) => compareText(left.name, right.name))
        .slice(0, limit);
    },
    allLimiters: async () => [...limiters.values()].map(({ record }) => record),
    async pauseLimiter(limiterArn) {
      const row = limiters.get(limiterArn);
      if (row !== undefined && row.record.pausedAt === null) row.record = { ...row.record, pausedAt: state.now() };
      return find(limiterArn);
    },
    async resumeLimiter(limiterArn) {
      const row = limiters.get(limiterArn);
      if (row !== undefined) row.record = { ...row.record, pausedAt: null };
      lookAnew(state, limiterArn);
      return find(limiterArn);
    },
    async deleteLimiter(limiterArn) {
      limiters.delete(limiterArn);
      lookAnew(state, limiterArn);
    },
    grantPermits: async (request) => grantPermits(state, request),
    readLimiterUse: async (limiterArn, keys) => readUse(state, limiterArn, keys),
    async listLimiterTasks({ limiterArn, state: wanted, after, limit }) {
      return rowsOf(state, limiterArn)
        .filter((row) => wanted === 'any' || (row.place === null) === (wanted === 'permitted'))
        .map((row) => asTask(state, row, limiterArn))
        .toSorted((left, right) => compareText(placeText(left), placeText(right)))
        .filter((task) => after === undefined || compareText(placeText(task), placeText(after)) > 0)
        .slice(0, limit);
    },
    countLimitedTasks: async () => [...state.permits.tasks.values()].filter(({ place }) => place !== null).length,
  };
}

/** Other limits hold now: whoever waits for a key of it has to be asked again. */
function lookAnew({ permits }: MemoryState, limiterArn: string): void {
  for (const row of permits.tasks.values()) {
    if (row.place?.limiterArn === limiterArn) row.place = { ...row.place, queue: 'shared' };
  }
  permits.wakes.push({ limiterArn, key: '' });
}

function rowsOf({ permits }: MemoryState, limiterArn: string): LimitedTaskRow[] {
  return [...permits.tasks.values()].filter(({ limits }) => limits.some((limit) => limit.limiterArn === limiterArn));
}

function readUse(state: MemoryState, limiterArn: string, keys: number): LimiterUse {
  const rows = rowsOf(state, limiterArn);
  const waiting = rows.filter(({ place }) => place !== null);
  const keyOf = ({ limits }: LimitedTaskRow): string =>
    limits.find((limit) => limit.limiterArn === limiterArn)?.key ?? '';
  const byKey = Map.groupBy(waiting, keyOf);
  const held = rows.filter(({ place }) => place === null);
  return {
    waiting: waiting.length,
    waitingSince: waiting.length === 0 ? null : Math.min(...waiting.map(({ since }) => since)),
    permitsInUse: held.length,
    waitingKeys: byKey.size,
    busiestKeys: [...byKey]
      .map(([key, tasks]) => ({
        ...{ key, waiting: tasks.length },
        permitsInUse: held.filter((row) => keyOf(row) === key).length,
      }))
      .toSorted((left, right) => right.waiting - left.waiting || compareText(left.key, right.key))
      .slice(0, keys),
  };
}

function asTask(state: MemoryState, row: LimitedTaskRow, limiterArn: string): LimiterTask {
  const { executionId, taskId, stateName, since, grantedAt } = row;
  const limit = row.limits.find((one) => one.limiterArn === limiterArn);
  const { executionArn = '', stateMachineArn = '' } = state.runs.get(executionId)?.execution.record ?? {};
  const { key, priority } = limit ?? { key: '', priority: 0 };
  return { executionId, taskId, executionArn, stateMachineArn, stateName, key, priority, since, grantedAt };
}

function placeText({ since, executionId, taskId }: Pick<LimiterTask, 'since' | 'executionId' | 'taskId'>): string {
  return `${String(since).padStart(16, '0')} ${executionId} ${String(taskId).padStart(16, '0')}`;
}
