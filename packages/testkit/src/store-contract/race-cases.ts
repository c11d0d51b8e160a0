import assert from 'node:assert/strict';
import type { CommitOutcome, NewExecution, RunCommit, Store } from '@everstep/engine';
import {
  FAR_MS,
  FORMAT,
  GRACE_MS,
  type OwnedRun,
  type StoreScene,
  activityToken,
  callbackToken,
  closing,
  commitOf,
  end,
  park,
  resultOf,
} from './store-scene.ts';
import { storeCase } from './store-case.ts';

const ROUNDS = 20;

/** Both at once, through different handles; who is sent first alternates with the round. */
async function race<First, Second>(
  round: number,
  first: () => Promise<First>,
  second: () => Promise<Second>,
): Promise<[First, Second]> {
  if (round % 2 === 0) return await Promise.all([first(), second()]);
  const [later, sooner] = await Promise.all([second(), first()]);
  return [sooner, later];
}

async function commitOne(store: Store, workerId: string, commit: RunCommit): Promise<CommitOutcome['kind']> {
  return (await store.commit(workerId, [commit]))[0]?.kind ?? assert.fail('no outcome');
}

/** Ends a run whoever owned it, so that the next round stands alone. */
async function clear(scene: StoreScene, { execution }: OwnedRun): Promise<void> {
  await scene.store.force(execution.executionId, (run) => commitOf(run, { then: end() }));
}

/** Each id stands in one of the answers, and in one only. */
function assertPartition(answers: ReadonlyArray<readonly string[]>, ids: readonly string[], what: string): void {
  assert.deepEqual(answers.flat().toSorted(), ids.toSorted(), what);
}

export const raceCases = [
  storeCase('race: an arrival against the park is read now or wakes the run', async (scene) => {
    const { store, other } = scene;
    for (let round = 0; round < ROUNDS; round++) {
      const owned = await scene.owned({}, [callbackToken(2)]);
      const { executionId } = owned.execution;
      const [arrived, parked] = await race(
        round,
        () => scene.complete(executionId, 2, other),
        () => commitOne(store, owned.workerId, commitOf(owned.run, { then: park() })),
      );
      assert.ok(arrived.kind === 'accepted');
      if (parked === 'signals') {
        assert.equal(arrived.owner, owned.workerId);
        const [seen] = await store.reread([{ executionId, epoch: owned.run.epoch, consumed: 1 }]);
        assert.deepEqual(seen?.inbox, [{ number: 2, activation: resultOf(2) }]);
      } else {
        assert.equal(parked, 'committed');
        assert.equal(arrived.owner, null);
        await scene.wakesWithin(GRACE_MS);
      }
      await clear(scene, owned);
    }
  }),
  storeCase('race: an arrival against the end is read before it, or told that it came too late', async (scene) => {
    const { store, other } = scene;
    for (let round = 0; round < ROUNDS; round++) {
      const { run, workerId, execution } = await scene.owned({}, [callbackToken(2)]);
      const { executionId } = execution;
      const [arrived, ended] = await race(
        round,
        () => scene.complete(executionId, 2, other),
        () => commitOne(store, workerId, commitOf(run, { then: end() })),
      );
      assert.deepEqual([arrived.kind, ended], ended === 'committed' ? ['gone', 'committed'] : ['accepted', 'signals']);
      if (ended === 'signals') await scene.committed(workerId, commitOf(run, { consumed: 2, then: end() }));
    }
  }),
  storeCase('race: a stop from another run’s commit against the end', async (scene) => {
    const { store, other } = scene;
    const sender = await scene.owned();
    for (let round = 0; round < ROUNDS; round++) {
      const { run, workerId, execution } = await scene.owned();
      const { executionId } = execution;
      const stop = commitOf(sender.run, { arrivals: [{ executionId, activation: '"stop"' }] });
      const [[sent], ended] = await race(
        round,
        () => other.commit(sender.workerId, [stop]),
        () => commitOne(store, workerId, commitOf(run, { then: end() })),
      );
      const told = ended === 'committed' ? [] : [{ executionId, owner: workerId }];
      assert.deepEqual(sent, { kind: 'committed', told });
      if (ended === 'signals') await scene.committed(workerId, commitOf(run, { consumed: 2, then: end() }));
      else assert.equal(ended, 'committed');
    }
  }),
  storeCase('race: a callback against the abort of its task: one of them wins', async (scene) => {
    const { store, other } = scene;
    for (let round = 0; round < ROUNDS; round++) {
      const { run, workerId, execution } = await scene.owned({}, [callbackToken(2)]);
      const [arrived, aborted] = await race(
        round,
        () => scene.complete(execution.executionId, 2, other),
        () => commitOne(store, workerId, commitOf(run, { tokens: closing(2, 'aborted') })),
      );
      assert.deepEqual(
        [arrived.kind, aborted],
        aborted === 'committed' ? ['gone', 'committed'] : ['accepted', 'token'],
      );
    }
  }),
  storeCase('race: a callback against its time-out, around the deadline: one of them wins', async (scene) => {
    const { store, other } = scene;
    for (let round = 0; round < ROUNDS; round++) {
      const timeoutAt = (await store.now()) + 25;
      const { run, workerId, execution } = await scene.owned({}, [callbackToken(2, { timeoutAt })]);
      const { executionId } = execution;
      await scene.passTo(timeoutAt - (round % 4));
      const timeOut = commitOf(run, { tokens: closing(2, 'timed-out') });
      const [arrived, timedOut] = await race(
        round,
        () => scene.complete(executionId, 2, other),
        () => commitOne(store, workerId, timeOut),
      );
      await scene.passTo(timeoutAt);
      if (arrived.kind === 'accepted') {
        assert.equal(timedOut, 'token', 'an accepted result is not timed out');
        assert.equal(await commitOne(store, workerId, timeOut), 'token', 'nor later');
      } else if (timedOut === 'token') {
        assert.equal(arrived.kind, 'closed');
        assert.equal(await commitOne(store, workerId, timeOut), 'committed', 'what was refused late is timed out');
      } else {
        assert.equal(timedOut, 'committed');
      }
    }
  }),
  storeCase('race: the same callback from many sides is accepted once', async (scene) => {
    const { store, other } = scene;
    for (let round = 0; round < ROUNDS; round++) {
      const { run, execution } = await scene.owned({}, [callbackToken(2)]);
      const { executionId } = execution;
      const outcomes = await Promise.all(
        [store, other, store, other].map((handle) => scene.complete(executionId, 2, handle)),
      );
      const kinds = outcomes.map((outcome) => outcome.kind).toSorted();
      assert.deepEqual(kinds, ['accepted', 'closed', 'closed', 'closed']);
      const [seen] = await store.reread([{ executionId, epoch: run.epoch, consumed: 1 }]);
      assert.equal(seen?.inbox.length, 1);
    }
  }),
  storeCase('race: arrivals from many sides are numbered without a gap', async (scene) => {
    const { store, other } = scene;
    const taskIds = Array.from({ length: 30 }, (_none, index) => index + 2);
    const { run, execution } = await scene.owned(
      {},
      taskIds.map((taskId) => callbackToken(taskId)),
    );
    const { executionId } = execution;
    await Promise.all(taskIds.map((taskId) => scene.complete(executionId, taskId, taskId % 2 === 0 ? store : other)));
    const [seen] = await store.reread([{ executionId, epoch: run.epoch, consumed: 1 }]);
    assert.deepEqual(
      seen?.inbox.map((row) => row.number),
      taskIds,
    );
    assert.deepEqual(
      seen.inbox.map((row) => row.activation).toSorted(),
      taskIds.map((taskId) => resultOf(taskId)).toSorted(),
    );
  }),
  storeCase('race: two workers claim the same runs, and each run has one owner', async (scene) => {
    const { store, other } = scene;
    const [first, second] = [await scene.worker(), await scene.worker()];
    for (let round = 0; round < ROUNDS; round++) {
      const executionIds: string[] = [];
      for (let index = 0; index < 5; index++) executionIds.push((await scene.started()).executionId);
      const [mine, theirs] = await race(
        round,
        () => store.claim({ workerId: first, executionIds, formats: [FORMAT] }),
        () => other.claim({ workerId: second, executionIds: executionIds.toReversed(), formats: [FORMAT] }),
      );
      const answers = [mine, theirs].map((runs) => runs.map((run) => run.execution.executionId));
      assertPartition(answers, executionIds, 'exactly one gets each');
      for (const run of [...mine, ...theirs]) assert.equal(run.inbox.length, 1);
      await store.release(
        [...mine, ...theirs].map((run) => ({ executionId: run.execution.executionId, epoch: run.epoch })),
      );
      const again = await store.claim({ workerId: first, executionIds, formats: [FORMAT] });
      const former = new Map([...mine, ...theirs].map((run) => [run.execution.executionId, run.epoch]));
      for (const run of again) assert.equal(run.epoch, (former.get(run.execution.executionId) ?? 0) + 1);
      await store.commit(
        first,
        again.map((run) => commitOf(run, { then: end() })),
      );
    }
  }),
  storeCase('race: a claim against an arrival never loads less than it counts', async (scene) => {
    const { store, other } = scene;
    for (let round = 0; round < ROUNDS; round++) {
      const { run, workerId, execution } = await scene.owned({}, [callbackToken(2)]);
      const { executionId } = execution;
      await scene.committed(workerId, commitOf(run, { then: park() }));
      const [arrived, [claimed]] = await race(
        round,
        () => scene.complete(executionId, 2, other),
        () => store.claim({ workerId, executionIds: [executionId], formats: [FORMAT] }),
      );
      assert.ok(arrived.kind === 'accepted' && claimed !== undefined);
      const outcome = await commitOne(store, workerId, commitOf(claimed, { then: end() }));
      assert.equal(outcome, claimed.inbox.length === 1 ? 'committed' : 'signals');
      assert.equal(claimed.tokens[0]?.status, claimed.inbox.length === 1 ? 'accepted' : 'open');
      if (outcome === 'signals') await scene.committed(workerId, commitOf(claimed, { consumed: 2, then: end() }));
    }
  }),
  storeCase('race: a claim against the former owner’s last commit loads all of it or fences it', async (scene) => {
    const { store, other } = scene;
    const next = await scene.worker();
    for (let round = 0; round < ROUNDS; round++) {
      const { executionId } = await scene.started();
      const former = await scene.worker();
      const run = await scene.claimed(former, executionId);
      await scene.lapse(former);
      const frames = { written: [{ id: 'f', data: '"two"' }], deleted: [] };
      const commit = commitOf(run, { checkpoint: '"two"', frames, tokens: { opened: [callbackToken(2)], closed: [] } });
      const [[claimed], outcome] = await race(
        round,
        () => other.claim({ workerId: next, executionIds: [executionId], formats: [FORMAT] }),
        () => commitOne(store, former, commit),
      );
      assert.ok(claimed !== undefined);
      const loaded = [claimed.checkpoint, claimed.frames.length, claimed.tokens.length, claimed.inbox.length];
      if (outcome === 'committed') assert.deepEqual(loaded, ['"two"', 1, 1, 0], 'nothing older than the run row');
      else assert.deepEqual([outcome, ...loaded], ['fenced', run.checkpoint, 0, 0, 1]);
      await scene.committed(next, commitOf(claimed, { then: end() }));
    }
  }),
  storeCase('race: arrivals that cross between two runs in concurrent commits both get through', async (scene) => {
    const { store, other } = scene;
    const runs = [await scene.owned(), await scene.owned(), await scene.owned(), await scene.owned()];
    const [a, b, c, d] = runs;
    assert.ok(a !== undefined && b !== undefined && c !== undefined && d !== undefined);
    const to = (from: OwnedRun, target: OwnedRun): RunCommit =>
      commitOf(from.run, { arrivals: [{ executionId: target.execution.executionId, activation: '"hello"' }] });
    const forth = [to(a, b), to(c, d)];
    const back = [to(d, c), to(b, a)];
    const { workerId } = a;
    for (let round = 0; round < ROUNDS; round++) {
      const [left, right] = await race(
        round,
        () => store.commit(workerId, forth),
        () => other.commit(workerId, back),
      );
      for (const outcome of [...left, ...right]) assert.equal(outcome.kind, 'committed');
    }
    const asked = runs.map(({ execution, run }) => {
      return { executionId: execution.executionId, epoch: run.epoch, consumed: 1 };
    });
    for (const seen of await store.reread(asked)) assert.equal(seen.inbox.length, ROUNDS);
  }),
  storeCase('race: many workers poll one activity, and each task has one taker', async (scene) => {
    const { store, other } = scene;
    const activityArn = 'arn:aws:states:us-east-1:123456789012:activity:race';
    const executionIds: string[] = [];
    for (let index = 0; index < 8; index++) {
      const { execution } = await scene.owned({}, [activityToken(2, activityArn)]);
      executionIds.push(execution.executionId);
    }
    const poll = { activityArn, workerName: null, activation: (taskId: number) => resultOf(taskId), graceMs: GRACE_MS };
    const polls = Array.from({ length: 12 }, (_none, index) =>
      (index % 2 === 0 ? store : other).takeActivityTask(poll),
    );
    const taken = (await Promise.all(polls)).flatMap((task) => (task === null ? [] : [task.executionId]));
    assert.equal(new Set(taken).size, taken.length, 'nobody takes what another has');
    for (let left = await store.takeActivityTask(poll); left !== null; left = await store.takeActivityTask(poll)) {
      taken.push(left.executionId);
    }
    assertPartition([taken], executionIds, 'all are taken in the end');
  }),
  storeCase('race: the same name from many sides starts one execution', async (scene) => {
    const { store, other } = scene;
    await scene.defaultMachine();
    for (let round = 0; round < ROUNDS; round++) {
      const name = scene.fresh('contended');
      const batches = [];
      for (let index = 0; index < 4; index++) {
        batches.push([await scene.newExecution({ name }), await scene.newExecution()]);
      }
      const answers = await Promise.all(
        batches.map((batch, index) => (index % 2 === 0 ? store : other).startExecutions(batch)),
      );
      const kinds = answers.map((outcomes) => outcomes[0]?.kind ?? 'none').toSorted();
      assert.deepEqual(kinds, ['existing', 'existing', 'existing', 'started']);
      for (const outcomes of answers) assert.deepEqual(outcomes[1], { kind: 'started' });
      const winner = batches[answers.findIndex((outcomes) => outcomes[0]?.kind === 'started')]?.[0];
      for (const outcomes of answers) {
        const [outcome] = outcomes;
        if (outcome?.kind === 'existing') assert.equal(outcome.executionId, winner?.executionId);
      }
    }
  }),
  storeCase('race: names that cross in two batches do not block each other', async (scene) => {
    const { store, other } = scene;
    for (let round = 0; round < ROUNDS; round++) {
      const names = [scene.fresh('a'), scene.fresh('b'), scene.fresh('c')];
      const left: NewExecution[] = [];
      const right: NewExecution[] = [];
      for (const name of names) left.push(await scene.newExecution({ name }));
      for (const name of names.toReversed()) right.push(await scene.newExecution({ name }));
      const [mine, theirs] = await race(
        round,
        () => store.startExecutions(left),
        () => other.startExecutions(right),
      );
      const kinds = [...mine, ...theirs].map((outcome) => outcome.kind).toSorted();
      assert.deepEqual(kinds, ['existing', 'existing', 'existing', 'started', 'started', 'started']);
    }
  }),
  storeCase('race: a start against the deletion of its machine leaves no execution without one', async (scene) => {
    const { store, other } = scene;
    for (let round = 0; round < ROUNDS; round++) {
      const { stateMachineArn } = await scene.machine();
      const execution = await scene.newExecution({ stateMachineArn });
      const [[started], purged] = await race(
        round,
        () => store.startExecutions([execution]),
        async () => {
          await other.markStateMachineDeleting(stateMachineArn);
          return await other.purgeStateMachine(stateMachineArn);
        },
      );
      assert.equal(started?.kind, purged ? 'no-machine' : 'started');
    }
  }),
  storeCase('race: several schedulers take each due run once', async (scene) => {
    const { store, other } = scene;
    const request = { limit: 4, maxGraceMs: FAR_MS };
    for (let round = 0; round < ROUNDS / 2; round++) {
      const executionIds: string[] = [];
      for (let index = 0; index < 6; index++) {
        const { run, workerId, execution } = await scene.owned();
        await scene.committed(workerId, commitOf(run, { then: park((await store.now()) - 5) }));
        executionIds.push(execution.executionId);
      }
      const answers = await race(
        round,
        () => store.takeDue(request),
        () => other.takeDue(request),
      );
      // A scheduler passes over what another one is looking at; nothing is passed over for good.
      const rest = await store.takeDue({ ...request, limit: 100 });
      assertPartition([...answers, rest], executionIds, 'each once');
      for (const answer of answers) assert.ok(answer.length <= request.limit);
    }
  }),
  storeCase('race: several schedulers give each run of a dead worker back once', async (scene) => {
    const { store, other } = scene;
    for (let round = 0; round < ROUNDS / 2; round++) {
      const workerId = await scene.worker();
      const executionIds: string[] = [];
      for (let index = 0; index < 6; index++) executionIds.push((await scene.started()).executionId);
      await store.claim({ workerId, executionIds, formats: [FORMAT] });
      await scene.lapse(workerId);
      const answers = await race(
        round,
        () => store.releaseLapsed(100),
        () => other.releaseLapsed(100),
      );
      assertPartition([...answers, await store.releaseLapsed(100)], executionIds, 'each once');
    }
  }),
  storeCase('race: a claim against giving back: a living claimer keeps what it got', async (scene) => {
    const { store, other } = scene;
    const next = await scene.worker();
    for (let round = 0; round < ROUNDS; round++) {
      const workerId = await scene.worker();
      const { executionId } = await scene.started();
      await scene.claimed(workerId, executionId);
      await scene.lapse(workerId);
      const [[claimed]] = await race(
        round,
        () => store.claim({ workerId: next, executionIds: [executionId], formats: [FORMAT] }),
        () => other.releaseLapsed(10),
      );
      assert.ok(claimed !== undefined, 'it is free for the claimer either way');
      assert.equal(claimed.crashes, 1, 'one death is counted once');
      assert.equal(await scene.isOutOfReach(await scene.worker(), executionId), true);
      await scene.committed(next, commitOf(claimed, { then: end() }));
    }
  }),
  storeCase('race: a stop by force against the owner’s commit: the later one sees the earlier', async (scene) => {
    const { store, other } = scene;
    for (let round = 0; round < ROUNDS; round++) {
      const { run, workerId, execution } = await scene.owned();
      const { executionId } = execution;
      const then = round % 4 < 2 ? end() : park();
      const [forced, committed] = await race(
        round,
        () => other.force(executionId, (found) => commitOf(found, { then: end({ status: 'ABORTED', output: null }) })),
        () => commitOne(store, workerId, commitOf(run, { checkpoint: '"mine"', then })),
      );
      const status = (await store.findExecution(executionId))?.status;
      if (forced.kind === 'ended') assert.deepEqual([committed, then.kind, status], ['committed', 'end', 'SUCCEEDED']);
      else assert.equal(status, 'ABORTED');
      if (then.kind === 'end' && forced.kind === 'committed') assert.equal(committed, 'fenced');
    }
  }),
  storeCase('race: a heartbeat against the time-out: one that was acknowledged is not ignored', async (scene) => {
    const { store, other } = scene;
    const heartbeats = 4;
    const runs: OwnedRun[] = [];
    for (let index = 0; index < heartbeats; index++) {
      runs.push(await scene.owned({}, [callbackToken(2, { heartbeatSeconds: 1 })]));
    }
    const asked = runs.map(({ execution, run }) => {
      return { executionId: execution.executionId, epoch: run.epoch, consumed: 1 };
    });
    const rows = new Map((await store.reread(asked)).map((seen) => [seen.executionId, seen.tokens[0]?.heartbeatAt]));
    for (const [round, { execution, run, workerId }] of runs.entries()) {
      const { executionId } = execution;
      const deadline = rows.get(executionId) ?? assert.fail('the first heartbeat has a deadline');
      await scene.passTo(deadline - 2);
      const [beat, timedOut] = await race(
        round,
        () => other.heartbeatTask({ executionId, taskId: 2 }),
        () => commitOne(store, workerId, commitOf(run, { tokens: closing(2, 'timed-out') })),
      );
      if (beat.kind === 'accepted') assert.equal(timedOut, 'token');
    }
  }),
];
