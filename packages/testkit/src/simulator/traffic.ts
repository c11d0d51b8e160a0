import { DEFAULT_SETTINGS, type Limit, type LimiterSettings, NO_LIMIT, type Rate } from '@everstep/engine';
import { limiterArn } from '@everstep/protocol';
import { type MemoryState, storeOver } from '@everstep/store-memory';
import { Chance } from './chance.ts';
import type { Ledger } from './ledger.ts';
import type { Stage } from './stage.ts';

/**
 * Tasks whose permits are never needed by what they wait for: one that holds a permit while its child needs another of the
 * same limiter would wait for ever.
 */
const RESOURCES: readonly [string, ...string[]] = [
  'arn:aws:lambda:*',
  'arn:aws:states:::lambda:*',
  'arn:aws:states:*:activity:*',
  '*.waitForTaskToken',
  'arn:aws:states:::states:startExecution*',
];
const EPSILON = 1e-3;

/** A token bucket of the watcher's own. */
interface Level {
  tokens: number;
  at: number;
}

/**
 * The limiters of a world, and what must hold of them: no limit is ever exceeded, a pause holds, every permit and every
 * place in a queue belongs to a task that is pending, and whoever may go does.
 */
export class Traffic {
  readonly #stage: Stage;
  readonly #state: MemoryState;
  readonly #ledger: Ledger;
  readonly #plans = new Map<string, LimiterSettings>();
  readonly #levels = new Map<string, Level>();

  constructor(stage: Stage, state: MemoryState, ledger: Ledger) {
    this.#stage = stage;
    this.#state = state;
    this.#ledger = ledger;
  }

  /** They are there from the beginning: a limiter that is made later knows nothing of what runs. */
  async furnish(seed: string): Promise<void> {
    const chance = new Chance(`${seed}/limiters`);
    for (let index = 0; index < this.#stage.profile.limiters; index++) {
      const name = `limiter-${index}`;
      const arn = limiterArn(DEFAULT_SETTINGS, name);
      const settings = randomLimiter(chance);
      this.#plans.set(arn, settings);
      this.#stage.trace.note('world', `${name}: ${JSON.stringify(settings)}`);
      await storeOver(this.#state).putLimiter({ limiterArn: arn, name, settings: JSON.stringify(settings) });
    }
  }

  async pauseOne(): Promise<void> {
    const { chance, timeline, trace } = this.#stage;
    const [first, ...others] = [...this.#plans.keys()];
    if (first === undefined) return;
    const arn = chance.pick([first, ...others]);
    trace.note('world', `${arn} is paused`);
    await storeOver(this.#state).pauseLimiter(arn);
    timeline.after(chance.integer(300, 5_000), () => void this.#resume(arn));
  }

  async resumeAll(): Promise<void> {
    for (const arn of this.#plans.keys()) await this.#resume(arn);
  }

  async #resume(arn: string): Promise<void> {
    this.#stage.trace.note('world', `${arn} is resumed`);
    await storeOver(this.#state).resumeLimiter(arn);
  }

  /** A task has got all its permits in this moment. */
  granted(executionId: string, taskId: number): void {
    const row = this.#state.permits.tasks.get(`${executionId}:${taskId}`);
    const what = `${this.#ledger.label(executionId)} task ${taskId}`;
    if (row === undefined) return this.#violate(`${what} got permits, and waits for none`);
    for (const { limiterArn: arn, key } of row.limits) {
      const plan = this.#plans.get(arn);
      if (plan === undefined) continue;
      if (this.#isPaused(arn)) this.#violate(`${what} got a permit of ${arn}, which is paused`);
      this.#spend(arn, plan.limit.rate, what);
      this.#spend(`${arn} ${key}`, plan.limitPerKey.rate, what);
    }
    this.check();
  }

  /** At any time, faults or none. */
  check(): void {
    this.#checkRows();
    for (const [arn, { limit, limitPerKey }] of this.#plans) {
      const held = this.#held(arn);
      if (limit.concurrency !== null && held.length > limit.concurrency) {
        this.#violate(`${held.length} permits of ${arn} are out, of ${limit.concurrency}`);
      }
      for (const [key, count] of countBy(held)) {
        if (limitPerKey.concurrency === null || count <= limitPerKey.concurrency) continue;
        this.#violate(`${count} permits of ${arn} are out for key '${key}', of ${limitPerKey.concurrency}`);
      }
    }
  }

  /** Why an execution's tasks should not be waiting. */
  unserved(executionId: string): string[] {
    const found: string[] = [];
    for (const row of this.#state.permits.tasks.values()) {
      if (row.executionId !== executionId || row.place === null) continue;
      if (row.limits.every(({ limiterArn: arn, key }) => this.#hasRoom(arn, key))) {
        found.push(`task ${row.taskId} waits, and all its limiters have room`);
      }
    }
    return found;
  }

  /** A place in a queue, or a permit, belongs to a task that is pending, and the other way round. */
  #checkRows(): void {
    const { tasks } = this.#state.permits;
    for (const { executionId, taskId, place } of tasks.values()) {
      const account = this.#ledger.accounts.get(executionId);
      const task = account?.ended === false ? account.replay.pending.find((one) => one.taskId === taskId) : undefined;
      const what = `${this.#ledger.label(executionId)} task ${taskId}`;
      if (task === undefined)
        this.#violate(`${what} is over, and ${place === null ? 'keeps its permits' : 'waits still'}`);
      else if (place !== null && task.phase !== 'limited') this.#violate(`${what} has begun without its permits`);
    }
    for (const { executionId, ended, label, replay } of this.#ledger.accounts.values()) {
      if (ended) continue;
      const lost = replay.pending.find(({ taskId, limited }) => limited && !tasks.has(`${executionId}:${taskId}`));
      if (lost !== undefined) this.#violate(`${label} task ${lost.taskId} is in no queue and has no permit`);
    }
  }

  #held(arn: string): string[] {
    return [...this.#state.permits.tasks.values()].flatMap(({ place, limits }) =>
      place === null ? limits.filter((limit) => limit.limiterArn === arn).map(({ key }) => key) : [],
    );
  }

  #hasRoom(arn: string, key: string): boolean {
    const plan = this.#plans.get(arn);
    if (plan === undefined) return true;
    if (this.#isPaused(arn)) return false;
    const { limit, limitPerKey } = plan;
    const held = this.#held(arn);
    const isFull = ({ concurrency }: Limit, count: number): boolean => concurrency !== null && count >= concurrency;
    if (isFull(limit, held.length) || isFull(limitPerKey, held.filter((one) => one === key).length)) return false;
    return this.#level(arn, limit.rate).tokens >= 1 && this.#level(`${arn} ${key}`, limitPerKey.rate).tokens >= 1;
  }

  #spend(name: string, rate: Rate | null, what: string): void {
    if (rate === null) return;
    const level = this.#level(name, rate);
    if (level.tokens < 1 - EPSILON) this.#violate(`${what} got a permit of ${name} before its time`);
    this.#levels.set(name, { ...level, tokens: level.tokens - 1 });
  }

  #level(name: string, rate: Rate | null): Level {
    const now = this.#state.now();
    if (rate === null) return { tokens: Number.POSITIVE_INFINITY, at: now };
    const { tokens, at } = this.#levels.get(name) ?? { tokens: rate.burst, at: now };
    return { tokens: Math.min(rate.burst, tokens + ((now - at) * rate.permits) / (rate.seconds * 1_000)), at: now };
  }

  #isPaused(arn: string): boolean {
    const { pausedAt = null } = this.#state.permits.limiters.get(arn)?.record ?? {};
    return pausedAt !== null;
  }

  #violate(message: string): void {
    this.#stage.violate('permits', message);
  }
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function randomLimiter(chance: Chance): LimiterSettings {
  const isKeyed = chance.happens(0.5);
  const limit = isKeyed && chance.happens(0.4) ? NO_LIMIT : randomLimit(chance);
  const needsKeyLimit = limit === NO_LIMIT || chance.happens(0.5);
  return {
    description: null,
    resource: chance.pick(RESOURCES),
    stateMachine: chance.happens(0.3) ? `machine-${chance.integer(0, 1)}` : null,
    key: isKeyed ? chance.pick(['$.state', '{% $states.input.does.error %}', '$$.Execution.Name']) : null,
    limit,
    limitPerKey: isKeyed && needsKeyLimit ? randomLimit(chance) : NO_LIMIT,
    priority: chance.happens(0.4) ? '$.retry' : 0,
  };
}

function randomLimit(chance: Chance): Limit {
  const burst = chance.integer(1, 3);
  const rate = { permits: chance.integer(1, 4), seconds: chance.integer(1, 2), burst };
  const kind = chance.pick(['concurrency', 'concurrency', 'rate', 'both']);
  return {
    concurrency: kind === 'rate' ? null : chance.integer(1, 3),
    rate: kind === 'concurrency' ? null : rate,
  };
}
