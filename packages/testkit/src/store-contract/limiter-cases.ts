import assert from 'node:assert/strict';
import { type GrantedTask, type Limit, type LimiterSettings, NO_LIMIT, type RunCommit } from '@everstep/engine';
import type { TaskLimit } from '@everstep/language';
import { type StoreCase, storeCase } from './store-case.ts';
import { type OwnedRun, type StoreScene, commitOf, end, park } from './store-scene.ts';

const activation = (taskId: number, at: number): string => JSON.stringify({ at, type: 'TaskPermitted', taskId });
const SCOPE = { region: 'us-east-1', accountId: '123456789012' };
const arnOf = (name: string): string => `arn:aws:states:us-east-1:123456789012:limiter:${name}`;

const upTo = (concurrency: number): Limit => ({ concurrency, rate: null });
const perSecond = (permits: number, burst = permits): Limit => ({
  concurrency: null,
  rate: { permits, seconds: 1, burst },
});

function settingsOf(given: Partial<LimiterSettings>): string {
  const none = { description: null, resource: null, stateMachine: null, key: null, priority: 0 };
  const settings: LimiterSettings = { ...none, limit: NO_LIMIT, limitPerKey: NO_LIMIT, ...given };
  return JSON.stringify(settings);
}

/** Runs with one waiting task each, and what becomes of them. */
class Traffic {
  readonly scene: StoreScene;
  readonly #runs = new Map<string, OwnedRun>();

  constructor(scene: StoreScene) {
    this.scene = scene;
  }

  async limiter(given: Partial<LimiterSettings>, name = this.scene.fresh('limiter')): Promise<string> {
    await this.scene.store.putLimiter({ limiterArn: arnOf(name), name, settings: settingsOf(given) });
    return arnOf(name);
  }

  /** Waits under a name by which it is told later. */
  async wait(name: string, ...limits: Array<Partial<TaskLimit> & Pick<TaskLimit, 'limiterArn'>>): Promise<void> {
    const owned = await this.scene.owned();
    this.#runs.set(name, owned);
    const task = { taskId: 5, stateName: 'Work', limits: limits.map((limit) => ({ key: '', priority: 0, ...limit })) };
    await this.#commit(name, { limits: { opened: [task], closed: [] } });
    // Who comes in the same millisecond may have any place.
    await this.scene.passTo(await this.scene.store.now());
  }

  async close(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.#commit(name, { limits: { opened: [], closed: [5] } });
  }

  run(name: string): OwnedRun {
    const run = this.#runs.get(name);
    assert.ok(run !== undefined, `${name} waits`);
    return run;
  }

  /** Looks until there is nothing left to look at; answers who got permits, in order. */
  async look(limit = 100, store = this.scene.store): Promise<string[]> {
    const names: string[] = [];
    for (;;) {
      const { granted, more } = await store.grantPermits({ limit, activation });
      names.push(...granted.map((task) => this.nameOf(task)));
      if (!more) return names;
    }
  }

  nameOf({ executionId }: Pick<GrantedTask, 'executionId'>): string {
    for (const [name, { execution }] of this.#runs) if (execution.executionId === executionId) return name;
    return executionId;
  }

  async #commit(name: string, given: Partial<RunCommit>): Promise<void> {
    const { run, workerId } = this.run(name);
    await this.scene.committed(workerId, commitOf(run, { consumed: 1, ...given }));
  }
}

function limiterCase(name: string, body: (traffic: Traffic) => Promise<void>): StoreCase {
  return storeCase(`limiters: ${name}`, (scene) => body(new Traffic(scene)));
}

const catalogCases = [
  storeCase('limiters: are created, replaced, listed by name, paused and removed', async ({ store }) => {
    const put = (name: string, limit: Limit) =>
      store.putLimiter({ limiterArn: arnOf(name), name, settings: settingsOf({ limit }) });
    const made = await put('b', upTo(3));
    assert.deepEqual([made.isNew, made.limiter.pausedAt, made.limiter.name], [true, null, 'b']);
    await put('a', upTo(1));
    const other = 'arn:aws:states:us-east-1:210987654321:limiter:c';
    await store.putLimiter({ limiterArn: other, name: 'c', settings: settingsOf({ limit: upTo(1) }) });
    const replaced = await put('b', upTo(4));
    assert.equal(replaced.isNew, false);
    assert.equal(replaced.limiter.createdAt, made.limiter.createdAt);
    assert.deepEqual(await store.findLimiter(arnOf('b')), replaced.limiter);
    const names = async (afterName?: string) => {
      const page = await store.listLimiters({ ...SCOPE, limit: 9, ...(afterName === undefined ? {} : { afterName }) });
      return page.map(({ name }) => name);
    };
    assert.deepEqual([await names(), await names('a')], [['a', 'b'], ['b']]);
    assert.equal((await store.allLimiters()).length, 3);
    const paused = await store.pauseLimiter(arnOf('b'));
    assert.ok(paused !== null && paused.pausedAt !== null);
    assert.equal((await store.pauseLimiter(arnOf('b')))?.pausedAt, paused.pausedAt);
    assert.equal((await put('b', upTo(5))).limiter.pausedAt, paused.pausedAt, 'other settings do not end a pause');
    assert.equal((await store.resumeLimiter(arnOf('b')))?.pausedAt, null);
    await store.deleteLimiter(arnOf('b'));
    await store.deleteLimiter(arnOf('b'));
    assert.deepEqual([await store.findLimiter(arnOf('b')), await store.pauseLimiter(arnOf('b'))], [null, null]);
  }),
];

const concurrencyCases = [
  limiterCase('no more permits are out than there are, and a closed task gives its own back', async (traffic) => {
    const limiterArn = await traffic.limiter({ limit: upTo(2) });
    for (const name of ['a', 'b', 'c', 'd']) await traffic.wait(name, { limiterArn });
    assert.deepEqual(await traffic.look(), ['a', 'b']);
    assert.deepEqual(await traffic.look(), []);
    await traffic.close('a');
    assert.deepEqual(await traffic.look(), ['c']);
    // One that only waited frees nothing.
    await traffic.close('d');
    assert.deepEqual(await traffic.look(), []);
    await traffic.wait('e', { limiterArn });
    assert.deepEqual(await traffic.look(), []);
    await traffic.close('b', 'c');
    assert.deepEqual(await traffic.look(), ['e']);
  }),
  limiterCase('a permit arrives in the inbox of its run, whose owner is told', async (traffic) => {
    const { store } = traffic.scene;
    const limiterArn = await traffic.limiter({ limit: upTo(1) });
    await traffic.wait('a', { limiterArn });
    const { granted } = await store.grantPermits({ limit: 10, activation });
    const { run, execution, workerId } = traffic.run('a');
    assert.deepEqual(
      granted.map(({ executionId, taskId, owner }) => ({ executionId, taskId, owner })),
      [{ executionId: execution.executionId, taskId: 5, owner: workerId }],
    );
    assert.equal((await traffic.scene.commit(workerId, commitOf(run, { consumed: 1, then: park() }))).kind, 'signals');
    const [seen] = await store.reread([{ executionId: execution.executionId, epoch: run.epoch, consumed: 1 }]);
    assert.deepEqual(
      seen?.inbox.map(({ activation: text }) => JSON.parse(text).type),
      ['TaskPermitted'],
    );
  }),
  limiterCase('a parked run is woken by its permit', async (traffic) => {
    const { scene } = traffic;
    const limiterArn = await traffic.limiter({ limit: upTo(1) });
    await traffic.wait('a', { limiterArn });
    const { run, workerId } = traffic.run('a');
    await scene.committed(workerId, commitOf(run, { consumed: 1, then: park() }));
    assert.equal(await scene.store.nextWakeAt(), null);
    const { granted } = await scene.store.grantPermits({ limit: 10, activation });
    assert.deepEqual(
      granted.map(({ owner }) => owner),
      [null],
    );
    await scene.wakesWithin(600_000);
  }),
  limiterCase('an end, and a force, give back all that the run holds', async (traffic) => {
    const { scene } = traffic;
    const limiterArn = await traffic.limiter({ limit: upTo(1) });
    for (const name of ['a', 'b', 'c']) await traffic.wait(name, { limiterArn });
    assert.deepEqual(await traffic.look(), ['a']);
    const limits = { opened: [], closed: 'all' as const };
    const { run, workerId } = traffic.run('a');
    await scene.committed(workerId, commitOf(run, { consumed: 2, limits, then: end({ status: 'FAILED' }) }));
    assert.deepEqual(await traffic.look(), ['b']);
    await scene.store.force(traffic.run('b').execution.executionId, (forced) =>
      commitOf(forced, { limits: { opened: [], closed: [5] }, then: end({ status: 'ABORTED' }) }),
    );
    assert.deepEqual(await traffic.look(), ['c']);
  }),
  limiterCase('a refused commit neither takes nor gives back', async (traffic) => {
    const { scene } = traffic;
    const limiterArn = await traffic.limiter({ limit: upTo(1) });
    await traffic.wait('a', { limiterArn });
    await traffic.wait('b', { limiterArn });
    assert.deepEqual(await traffic.look(), ['a']);
    const { run, workerId } = traffic.run('a');
    const late = commitOf(run, { epoch: run.epoch - 1, consumed: 1, limits: { opened: [], closed: [5] } });
    assert.equal((await scene.commit(workerId, late)).kind, 'fenced');
    assert.deepEqual(await traffic.look(), []);
  }),
  limiterCase('looks at the same time give each permit once', async (traffic) => {
    const { store, other } = traffic.scene;
    const limiterArn = await traffic.limiter({ limit: upTo(5) });
    const names = Array.from({ length: 12 }, (_, index) => `run-${String(index).padStart(2, '0')}`);
    for (const name of names) await traffic.wait(name, { limiterArn });
    const looks = Array.from({ length: 6 }, (_, index) => traffic.look(3, index % 2 === 0 ? store : other));
    const first = (await Promise.all(looks)).flat();
    assert.equal(first.length, 5);
    const closing = first.map((name) => traffic.close(name));
    const second = await Promise.all([...closing, traffic.look(3, other), traffic.look(3, store)]);
    const third = await traffic.look();
    const given = [...first, ...second.flatMap((answer) => answer ?? []), ...third];
    assert.equal(given.length, 10);
    assert.equal(new Set(given).size, 10);
  }),
];

const orderCases = [
  limiterCase('the greatest priority goes first, and among equals who came first', async (traffic) => {
    const limiterArn = await traffic.limiter({ limit: upTo(1) });
    const priorities = { a: 0, b: 5, c: -3, d: 5, e: 0 };
    for (const [name, priority] of Object.entries(priorities)) await traffic.wait(name, { limiterArn, priority });
    const order: string[] = [];
    for (let turn = 0; turn < 5; turn++) {
      const got = await traffic.look();
      order.push(...got);
      await traffic.close(...got);
    }
    assert.deepEqual(order, ['b', 'd', 'a', 'e', 'c']);
  }),
  limiterCase('keys have their turns, however many wait for one', async (traffic) => {
    const limiterArn = await traffic.limiter({ key: '$.k', limit: upTo(1) });
    for (const name of ['x1', 'x2', 'x3', 'x4', 'y1', 'z1', 'z2']) {
      await traffic.wait(name, { limiterArn, key: name.slice(0, 1) });
    }
    const order: string[] = [];
    for (let turn = 0; turn < 7; turn++) {
      const got = await traffic.look();
      order.push(...got);
      await traffic.close(...got);
    }
    // In which order the keys come is the store's business: where they are sealed it is nobody's.
    const rounds = [order.slice(0, 3), order.slice(3, 5), order.slice(5)];
    assert.deepEqual(
      rounds.map((round) => round.toSorted()),
      [
        ['x1', 'y1', 'z1'],
        ['x2', 'z2'],
        ['x3', 'x4'],
      ],
    );
  }),
  limiterCase('many permits at once are shared between the keys', async (traffic) => {
    const limiterArn = await traffic.limiter({ key: '$.k', limit: upTo(6) });
    for (const key of ['x', 'y']) {
      for (let count = 0; count < (key === 'x' ? 9 : 2); count++) {
        await traffic.wait(`${key}${count}`, { limiterArn, key });
      }
    }
    assert.deepEqual((await traffic.look()).toSorted(), ['x0', 'x1', 'x2', 'x3', 'y0', 'y1']);
  }),
  limiterCase('a limit for each key counts it alone, within the limit for all', async (traffic) => {
    const limiterArn = await traffic.limiter({ key: '$.k', limit: upTo(3), limitPerKey: upTo(2) });
    for (const name of ['x1', 'x2', 'x3']) await traffic.wait(name, { limiterArn, key: 'x' });
    assert.deepEqual(await traffic.look(), ['x1', 'x2']);
    for (const name of ['y1', 'y2']) await traffic.wait(name, { limiterArn, key: 'y' });
    assert.deepEqual(await traffic.look(), ['y1']);
    await traffic.close('y1');
    assert.deepEqual(await traffic.look(), ['y2']);
    await traffic.close('y2');
    assert.deepEqual(await traffic.look(), [], 'x has two');
    await traffic.close('x1');
    assert.deepEqual(await traffic.look(), ['x3']);
  }),
];

const rateCases = [
  limiterCase('a rate gives its burst, and then as time goes by; it tells when', async (traffic) => {
    const { scene } = traffic;
    const { store } = scene;
    const rate = { permits: 2, seconds: 4, burst: 3 };
    const limiterArn = await traffic.limiter({ limit: { concurrency: null, rate } });
    for (let count = 0; count < 5; count++) await traffic.wait(`r${count}`, { limiterArn });
    const first = await store.grantPermits({ limit: 10, activation });
    assert.equal(first.granted.length, 3);
    const { lookAt } = await store.grantPermits({ limit: 10, activation });
    assert.ok(lookAt !== null && lookAt <= (await store.now()) + 2_000, 'the next permit comes within two seconds');
    await scene.passTo(lookAt);
    assert.deepEqual(await traffic.look(), ['r3']);
    await traffic.close('r0', 'r1', 'r2', 'r3');
    assert.deepEqual(await traffic.look(), [], 'a closed task gives no permit of a rate back');
  }),
  limiterCase('a rate for each key', async (traffic) => {
    const { scene } = traffic;
    const limiterArn = await traffic.limiter({ key: '$.k', limitPerKey: perSecond(1) });
    for (const name of ['x1', 'x2', 'y1']) await traffic.wait(name, { limiterArn, key: name.slice(0, 1) });
    assert.deepEqual((await traffic.look()).toSorted(), ['x1', 'y1']);
    const { lookAt } = await scene.store.grantPermits({ limit: 10, activation });
    assert.ok(lookAt !== null);
    await scene.passTo(lookAt);
    assert.deepEqual(await traffic.look(), ['x2']);
  }),
];

const changeCases = [
  limiterCase('a paused limiter gives none, and what it gave stays; resumed, it goes on', async (traffic) => {
    const { store } = traffic.scene;
    const limiterArn = await traffic.limiter({ key: '$.k', limit: upTo(2), limitPerKey: upTo(1) });
    await traffic.wait('a', { limiterArn, key: 'k' });
    assert.deepEqual(await traffic.look(), ['a']);
    await traffic.wait('b', { limiterArn, key: 'k' });
    assert.deepEqual(await traffic.look(), []);
    await store.pauseLimiter(limiterArn);
    await traffic.close('a');
    await traffic.wait('c', { limiterArn, key: 'l' });
    assert.deepEqual(await traffic.look(), []);
    await store.resumeLimiter(limiterArn);
    assert.deepEqual((await traffic.look()).toSorted(), ['b', 'c']);
  }),
  limiterCase('other settings hold for those that wait', async (traffic) => {
    const name = traffic.scene.fresh('limiter');
    const limiterArn = await traffic.limiter({ key: '$.k', limitPerKey: upTo(1) }, name);
    for (const waiting of ['a', 'b', 'c', 'd']) await traffic.wait(waiting, { limiterArn, key: 'k' });
    assert.deepEqual(await traffic.look(), ['a']);
    await traffic.limiter({ key: '$.k', limitPerKey: upTo(3) }, name);
    assert.deepEqual(await traffic.look(), ['b', 'c']);
    await traffic.limiter({ key: '$.k', limit: upTo(1) }, name);
    await traffic.close('a', 'b');
    assert.deepEqual(await traffic.look(), []);
    await traffic.close('c');
    assert.deepEqual(await traffic.look(), ['d']);
  }),
  limiterCase('nobody waits for one that is removed', async (traffic) => {
    const { store } = traffic.scene;
    const limiterArn = await traffic.limiter({ key: '$.k', limit: upTo(5), limitPerKey: upTo(1) });
    for (const name of ['a', 'b', 'c']) await traffic.wait(name, { limiterArn, key: 'k' });
    assert.deepEqual(await traffic.look(), ['a']);
    await store.deleteLimiter(limiterArn);
    assert.deepEqual(await traffic.look(1), ['b', 'c']);
  }),
  limiterCase('of several limiters a task gets all permits or none', async (traffic) => {
    const { store } = traffic.scene;
    const wide = await traffic.limiter({ limit: upTo(2) });
    const narrow = await traffic.limiter({ limit: upTo(1) });
    await traffic.wait('a', { limiterArn: wide }, { limiterArn: narrow });
    await traffic.wait('b', { limiterArn: wide }, { limiterArn: narrow });
    await traffic.wait('c', { limiterArn: wide });
    // b waits for the narrow one, and holds nothing of the wide one meanwhile.
    assert.deepEqual(await traffic.look(), ['a', 'c']);
    await traffic.close('a');
    assert.deepEqual(await traffic.look(), ['b']);
    await store.pauseLimiter(narrow);
    for (let count = 0; count < 5; count++)
      await traffic.wait(`n${count}`, { limiterArn: wide }, { limiterArn: narrow });
    await traffic.wait('free', { limiterArn: wide });
    await traffic.close('b', 'c');
    assert.deepEqual(await traffic.look(2), ['free'], 'those that wait for the paused one are in nobody’s way');
    await store.resumeLimiter(narrow);
    assert.deepEqual(await traffic.look(), ['n0']);
  }),
];

const viewCases = [
  limiterCase('shows who waits, who has permits, and for how long', async (traffic) => {
    const { store } = traffic.scene;
    const limiterArn = await traffic.limiter({ key: '$.k', limit: upTo(1) });
    await traffic.wait('x1', { limiterArn, key: 'x', priority: 3 });
    assert.deepEqual(await traffic.look(), ['x1']);
    for (const name of ['y1', 'y2']) await traffic.wait(name, { limiterArn, key: 'y', priority: 3 });
    assert.deepEqual(await traffic.look(), []);
    const use = await store.readLimiterUse(limiterArn, 5);
    assert.deepEqual([use.waiting, use.permitsInUse, use.waitingKeys], [2, 1, 1]);
    const [busiest] = use.busiestKeys;
    assert.ok(busiest !== undefined && use.busiestKeys.length === 1);
    assert.deepEqual([busiest.waiting, busiest.permitsInUse], [2, 0]);
    const isSealed = busiest.key !== 'y';
    assert.ok(!isSealed || busiest.key.startsWith('sealed:'));
    assert.equal(await store.countLimitedTasks(), 2);
    const waiting = await store.listLimiterTasks({ limiterArn, state: 'waiting', limit: 9 });
    assert.deepEqual(
      waiting.map((task) => traffic.nameOf(task)),
      ['y1', 'y2'],
    );
    assert.equal(use.waitingSince, waiting[0]?.since);
    const [first] = waiting;
    assert.ok(first !== undefined);
    const { execution } = traffic.run('y1');
    const { executionArn, stateMachineArn, stateName, key, priority, grantedAt } = first;
    assert.deepEqual(
      { executionArn, stateMachineArn, stateName, key, priority, grantedAt },
      {
        executionArn: execution.executionArn,
        stateMachineArn: execution.stateMachineArn,
        ...{ stateName: isSealed ? null : 'Work', key: busiest.key, priority: 3, grantedAt: null },
      },
    );
    const rest = await store.listLimiterTasks({ limiterArn, state: 'any', after: first, limit: 9 });
    assert.deepEqual(
      rest.map((task) => traffic.nameOf(task)),
      ['y2'],
    );
    const permitted = await store.listLimiterTasks({ limiterArn, state: 'permitted', limit: 9 });
    assert.deepEqual(
      permitted.map((task) => [traffic.nameOf(task), task.grantedAt !== null]),
      [['x1', true]],
    );
  }),
];

export const limiterCases: readonly StoreCase[] = [
  ...catalogCases,
  ...concurrencyCases,
  ...orderCases,
  ...rateCases,
  ...changeCases,
  ...viewCases,
];
