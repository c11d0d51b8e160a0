import {
  type Candidate,
  type CommitLimits,
  type Decision,
  type GrantedTask,
  type Grants,
  type LimiterStore,
  type Need,
  PermitRoom,
  type QueuePlace,
  readSettings,
} from '@everstep/engine';
import { type LimitedTaskRow, type PermitTables, bucketKey, taskRowKey } from './permit-tables.ts';
import { arrive } from './run-rows.ts';
import { compareText } from './sorted-list.ts';
import type { MemoryState } from './state.ts';

/** What a commit says about permits: tasks that wait from now on, and those that need none any more. */
export function applyLimits(state: MemoryState, executionId: string, { opened, closed }: CommitLimits): void {
  const { tasks, wakes } = state.permits;
  const ids = closed === 'all' ? ofExecution(state.permits, executionId) : closed;
  for (const taskId of ids) {
    const row = tasks.get(taskRowKey(executionId, taskId));
    if (row === undefined) continue;
    tasks.delete(taskRowKey(executionId, taskId));
    if (row.place === null) wakes.push(...row.limits.map(({ limiterArn, key }) => ({ limiterArn, key })));
  }
  for (const { taskId, stateName, limits } of opened) {
    const [first] = limits;
    if (first === undefined) continue;
    const { limiterArn, key } = first;
    tasks.set(taskRowKey(executionId, taskId), {
      ...{ executionId, taskId, stateName, limits, since: state.now(), sequence: state.sequence++ },
      place: { limiterArn, key, queue: 'shared' },
      grantedAt: null,
    });
    wakes.push({ limiterArn, key });
  }
}

function ofExecution({ tasks }: PermitTables, executionId: string): number[] {
  return [...tasks.values()].filter((row) => row.executionId === executionId).map(({ taskId }) => taskId);
}

type GrantRequest = Parameters<LimiterStore['grantPermits']>[0];

export function grantPermits(state: MemoryState, { limit, activation }: GrantRequest): Grants {
  const now = state.now();
  const needs = takeWork(state.permits, now);
  const room = new PermitRoom(now);
  const known: Known = { limiters: new Set(), keys: new Map() };
  for (const need of needs) addViews(state.permits, room, known, need);
  const candidates = findCandidates(state.permits, room, needs, limit);
  for (const candidate of candidates) for (const need of candidate.needs) addViews(state.permits, room, known, need);
  const decision = room.decide(candidates);
  const granted = decision.granted.map((candidate) => grant(state, candidate, activation(candidate.taskId, now)));
  keepDecision(state.permits, room, decision, known);
  // Not all of it had its turn.
  if (candidates.length >= limit) state.permits.wakes.push(...needs);
  return { granted, more: state.permits.wakes.length > 0, lookAt: nextLook(state.permits) };
}

/** What a room has been told of. */
interface Known {
  readonly limiters: Set<string>;
  readonly keys: Map<string, Need>;
}

/** What is to be looked at now: what commits have left, and what rates may give again. */
function takeWork(permits: PermitTables, now: number): Need[] {
  const needs = new Map(permits.wakes.map((need) => [bucketKey(need), need]));
  permits.wakes = [];
  for (const [limiterArn, { lookAt }] of permits.limiters) {
    const need = { limiterArn, key: '' };
    if (lookAt !== null && lookAt <= now) needs.set(bucketKey(need), need);
  }
  for (const [name, { need, lookAt, fullAt }] of permits.keyBuckets) {
    if (lookAt !== null && lookAt <= now) needs.set(name, need);
    else if (fullAt <= now) permits.keyBuckets.delete(name);
  }
  return [...needs.values()];
}

function addViews(permits: PermitTables, room: PermitRoom, known: Known, need: Need): void {
  const { limiterArn, key } = need;
  const limiter = permits.limiters.get(limiterArn);
  if (limiter === undefined) return;
  const holds = (row: LimitedTaskRow, of: (limit: Need) => boolean): boolean =>
    row.place === null && row.limits.some(of);
  const rows = [...permits.tasks.values()];
  if (!known.limiters.has(limiterArn)) {
    known.limiters.add(limiterArn);
    const { record, bucket } = limiter;
    const inUse = rows.filter((row) => holds(row, (limit) => limit.limiterArn === limiterArn)).length;
    const settings = readSettings(record.settings);
    room.addLimiter({ limiterArn, settings, paused: record.pausedAt !== null, inUse, bucket });
  }
  if (known.keys.has(bucketKey(need))) return;
  known.keys.set(bucketKey(need), need);
  const inUse = rows.filter((row) =>
    holds(row, (limit) => limit.limiterArn === limiterArn && limit.key === key),
  ).length;
  room.addKey({ limiterArn, key, inUse, bucket: permits.keyBuckets.get(bucketKey(need)) ?? null });
}

function findCandidates(permits: PermitTables, room: PermitRoom, needs: readonly Need[], limit: number): Candidate[] {
  const found: LimitedTaskRow[] = [];
  const most = (place: QueuePlace): number => Math.min(room.left(place), limit - found.length);
  for (const limiterArn of new Set(needs.map((need) => need.limiterArn))) {
    found.push(...inTurns(permits, limiterArn, most({ limiterArn, key: '', queue: 'shared' })));
  }
  for (const need of needs) {
    const waiting = [...permits.tasks.values()].filter(({ place }) => isAt(place, { ...need, queue: 'key' }));
    found.push(...waiting.toSorted(byTurn(need.limiterArn)).slice(0, most({ ...need, queue: 'key' })));
  }
  return found.flatMap((row) => {
    const { executionId, taskId, place, limits } = row;
    if (place === null) return [];
    return [{ executionId, taskId, place, needs: limits.map(({ limiterArn, key }) => ({ limiterArn, key })) }];
  });
}

function isAt(place: QueuePlace | null, wanted: QueuePlace): boolean {
  return (
    place !== null && place.queue === wanted.queue && place.limiterArn === wanted.limiterArn && place.key === wanted.key
  );
}

/** Those of the greatest priority; the keys have their turns, from the one after the last that had one. */
function inTurns(permits: PermitTables, limiterArn: string, most: number): LimitedTaskRow[] {
  const waiting = [...permits.tasks.values()].filter(
    ({ place }) => place !== null && place.queue === 'shared' && place.limiterArn === limiterArn,
  );
  const top = Math.max(...waiting.map((row) => priorityAt(row, limiterArn)));
  const first = waiting.filter((row) => priorityAt(row, limiterArn) === top).toSorted(byTurn(limiterArn));
  const byKey = Map.groupBy(first, ({ place }) => place?.key ?? '');
  const cursor = permits.limiters.get(limiterArn)?.cursor ?? '';
  const keys = [...byKey.keys()].toSorted(compareText);
  const turns = [
    ...keys.filter((key) => compareText(key, cursor) > 0),
    ...keys.filter((key) => compareText(key, cursor) <= 0),
  ];
  const found: LimitedTaskRow[] = [];
  for (let round = 0; found.length < Math.min(most, first.length); round++) {
    for (const key of turns) {
      const row = byKey.get(key)?.[round];
      if (row !== undefined && found.length < most) found.push(row);
    }
  }
  return found;
}

function priorityAt({ limits }: LimitedTaskRow, limiterArn: string): number {
  return limits.find((limit) => limit.limiterArn === limiterArn)?.priority ?? 0;
}

function byTurn(limiterArn: string): (left: LimitedTaskRow, right: LimitedTaskRow) => number {
  return (left, right) =>
    priorityAt(right, limiterArn) - priorityAt(left, limiterArn) || left.sequence - right.sequence;
}

function grant(state: MemoryState, { executionId, taskId }: Candidate, activation: string): GrantedTask {
  const row = state.permits.tasks.get(taskRowKey(executionId, taskId));
  const run = state.runs.get(executionId);
  if (row === undefined || run === undefined)
    throw new Error(`task ${taskId} of ${executionId} waits, but is not there`);
  row.place = null;
  row.grantedAt = state.now();
  arrive(state, run, activation, run.startGraceMs);
  return { executionId, taskId, owner: run.owner?.workerId ?? null, waitedMs: row.grantedAt - row.since };
}

function keepDecision(permits: PermitTables, room: PermitRoom, decision: Decision, known: Known): void {
  for (const { candidate, to } of decision.moved) {
    const row = permits.tasks.get(taskRowKey(candidate.executionId, candidate.taskId));
    if (row !== undefined) row.place = to;
  }
  permits.wakes.push(...decision.again.map(({ limiterArn, key }) => ({ limiterArn, key })));
  for (const [limiterArn, limiter] of permits.limiters) {
    if (!known.limiters.has(limiterArn)) continue;
    const bucket = room.bucketOf(limiterArn);
    limiter.bucket = bucket;
    limiter.lookAt = bucket?.lookAt ?? null;
    limiter.cursor = decision.cursors.get(limiterArn) ?? limiter.cursor;
  }
  for (const [name, need] of known.keys) {
    const bucket = room.keyBucketOf(need);
    if (bucket === null) permits.keyBuckets.delete(name);
    else permits.keyBuckets.set(name, { ...bucket, need });
  }
}

function nextLook({ limiters, keyBuckets }: PermitTables): number | null {
  const times = [...limiters.values(), ...keyBuckets.values()].flatMap(({ lookAt }) => lookAt ?? []);
  return times.length === 0 ? null : Math.min(...times);
}
