import { setTimeout as delay } from 'node:timers/promises';
import type { HintQueue, Logger } from '@everstep/engine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RecordingConsumer, RecordingListener, RecordingLogger } from './recorder.ts';

/** One queue, apart from every other test's. */
export interface QueueBench {
  /** A handle, as a further process would have. A queue inside one process answers the same one every time. */
  open(): HintQueue;
}

export interface QueueContract {
  /** Called for every test. */
  openBench(logger: Logger): Promise<QueueBench>;
  /** The server behind the queue, where there is one: it is killed and started in the middle. */
  readonly server?: () => QueueServer;
}

export interface QueueServer {
  kill(): Promise<void>;
  start(): Promise<void>;
}

interface Room {
  open(): HintQueue;
  readonly logger: RecordingLogger;
}

/** Sends until it has arrived: what a scheduler does with hints that were lost. */
async function sendUntil(send: () => void, arrived: () => boolean, timeoutMs = 30_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!arrived()) {
    if (performance.now() > deadline) throw new Error(`nothing arrived within ${timeoutMs} ms`);
    send();
    await delay(50);
  }
}

/** Long enough for a delivery that must not happen to have happened. */
const quietMs = 200;

/** What every HintQueue does; `open` stands for another process. */
export function describeQueueContract(name: string, contract: QueueContract): void {
  describe(`${name} as a hint queue`, () => {
    const handles = new Set<HintQueue>();
    let logger = new RecordingLogger();
    let bench: QueueBench;
    const room: Room = {
      open: () => {
        const queue = bench.open();
        handles.add(queue);
        return queue;
      },
      get logger() {
        return logger;
      },
    };
    beforeEach(async () => {
      logger = new RecordingLogger();
      bench = await contract.openBench(logger);
    });
    afterEach(async () => {
      await Promise.all([...handles].map((queue) => queue.close()));
      handles.clear();
    });
    sharedHints(room);
    ownHintsAndTopics(room);
    closing(room);
    if (contract.server !== undefined) serverAway(room, contract.server);
  });
}

function sharedHints(room: Room): void {
  test('a hint reaches some consumer, whichever handle sent it', async () => {
    const [sender, receiver] = [room.open(), room.open()];
    const consumer = new RecordingConsumer('worker-1');
    await receiver.consume(consumer);
    sender.send(['e1', 'e2']);
    receiver.send(['e3']);
    await consumer.untilShared('e1', 'e2', 'e3');
    expect([...new Set(consumer.shared)].sort()).toEqual(['e1', 'e2', 'e3']);
  });

  test('the same hint many times in a turn is few deliveries', async () => {
    const queue = room.open();
    const consumer = new RecordingConsumer('worker-1');
    await queue.consume(consumer);
    for (let index = 0; index < 500; index += 1) queue.send(['e1']);
    queue.send(['e2']);
    await consumer.untilShared('e1', 'e2');
    expect(consumer.shared.length).toBeLessThan(10);
  });

  test('a hint sent while the same one is being taken is delivered afterwards', async () => {
    const queue = room.open();
    const consumer = new RecordingConsumer('worker-1');
    let open = (): void => undefined;
    consumer.gate = new Promise((resolve) => {
      open = resolve;
    });
    await queue.consume(consumer);
    queue.send(['e1']);
    await consumer.untilShared('e1');
    queue.send(['e1']);
    open();
    await consumer.until('the second delivery', () => consumer.shared.length >= 2);
    expect(consumer.shared).toEqual(['e1', 'e1']);
  });

  test('capacity 0 holds hints back; they come once there is capacity', async () => {
    const queue = room.open();
    const consumer = new RecordingConsumer('worker-1', 0);
    await queue.consume(consumer);
    queue.send(['e1', 'e2']);
    queue.sendToWorker('worker-1', ['own']);
    await consumer.untilOwn('own');
    await delay(quietMs);
    expect(consumer.shared).toEqual([]);
    consumer.free = 10;
    await consumer.untilShared('e1', 'e2');
  });

  test('a consumer without capacity does not keep hints from one that has some', async () => {
    const [first, second, sender] = [room.open(), room.open(), room.open()];
    const full = new RecordingConsumer('worker-full', 0);
    const free = new RecordingConsumer('worker-free');
    await first.consume(full);
    await second.consume(free);
    const ids = Array.from({ length: 50 }, (_, index) => `e${index}`);
    sender.send(ids);
    await free.untilShared(...ids);
    expect(full.shared).toEqual([]);
  });

  test('several consumers share the load', async () => {
    const [first, second] = [room.open(), room.open()];
    const left = new RecordingConsumer('worker-left', 5_000);
    const right = new RecordingConsumer('worker-right', 5_000);
    await first.consume(left);
    await second.consume(right);
    const sender = room.open();
    // Two processes know of each other only after a moment; sharing may take more than one round.
    let round = 0;
    await sendUntil(
      () => sender.send(Array.from({ length: 100 }, (_, index) => `round${(round += 1)}-${index}`)),
      () => left.shared.length > 0 && right.shared.length > 0,
    );
    expect(new Set([...left.shared, ...right.shared]).size).toBeGreaterThan(1);
  });

  test('lanes have their turns: many hints of one machine do not hold up those of another', async () => {
    const [sender, receiver] = [room.open(), room.open()];
    const consumer = new RecordingConsumer('worker-1', 0);
    await receiver.consume(consumer);
    sender.send(Array.from({ length: 3_000 }, (_, index) => `busy-${index}-01`));
    // All of them are there before the few come.
    await expect.poll(async () => (await receiver.health()).depth, { timeout: 10_000 }).toBe(3_000);
    const few = Array.from({ length: 10 }, (_, index) => `quiet-${index}-02`);
    sender.send(few);
    await expect.poll(async () => (await receiver.health()).depth, { timeout: 10_000 }).toBe(3_010);
    consumer.free = 4;
    await consumer.untilShared(...few);
    const last = Math.max(...few.map((id) => consumer.shared.indexOf(id)));
    expect(last, 'hints delivered before the last of the few').toBeLessThan(500);
  });

  test('a burst of 10,000 hints is delivered', async () => {
    const [sender, receiver] = [room.open(), room.open()];
    const consumer = new RecordingConsumer('worker-1', 500);
    await receiver.consume(consumer);
    const ids = Array.from({ length: 10_000 }, (_, index) => `execution-${index}`);
    const startedAt = performance.now();
    for (const id of ids) sender.send([id]);
    const spent = performance.now() - startedAt;
    expect(spent, 'sending is never slow').toBeLessThan(1_000);
    await consumer.until('all of the burst', () => consumer.shared.length >= ids.length, 25_000);
    const missing = new Set(ids);
    for (const id of consumer.shared) missing.delete(id);
    expect(missing.size).toBe(0);
  });

  test('a consumer that throws is logged, and the queue goes on', async () => {
    const queue = room.open();
    const consumer = new RecordingConsumer('worker-1');
    await queue.consume(consumer);
    consumer.failure = new Error('this consumer is broken');
    queue.send(['e1']);
    await room.logger.untilError();
    queue.send(['e2']);
    await consumer.untilShared('e2');
    consumer.failure = new Error('this consumer is broken again');
    queue.sendToWorker('worker-1', ['own1']);
    await consumer.until('the second failure', () => consumer.failure === null);
    queue.sendToWorker('worker-1', ['own2']);
    await consumer.untilOwn('own2');
    expect(consumer.shared).toEqual(['e2']);
  });
}

function ownHintsAndTopics(room: Room): void {
  test("a worker's own channel reaches that worker only", async () => {
    const [sender, first, second] = [room.open(), room.open(), room.open()];
    const one = new RecordingConsumer('worker-1');
    const two = new RecordingConsumer('worker-2');
    await first.consume(one);
    await second.consume(two);
    sender.sendToWorker('worker-1', ['e1']);
    sender.sendToWorker('worker-gone', ['e2']);
    sender.sendToWorker('worker-2', ['e3']);
    await Promise.all([one.untilOwn('e1'), two.untilOwn('e3')]);
    await delay(quietMs);
    expect([one.own, two.own]).toEqual([['e1'], ['e3']]);
    expect([one.shared, two.shared]).toEqual([[], []]);
  });

  test('an announcement reaches every listener of its topic, in every handle', async () => {
    const [first, second] = [room.open(), room.open()];
    const listeners = [new RecordingListener(), new RecordingListener(), new RecordingListener()];
    const other = new RecordingListener();
    await first.listen('wake', listeners[0]?.listener ?? other.listener);
    await first.listen('wake', listeners[1]?.listener ?? other.listener);
    await second.listen('wake', listeners[2]?.listener ?? other.listener);
    await second.listen('activity', other.listener);
    first.announce('wake', '1700000000000');
    second.announce('activity', 'arn:aws:states:us-east-1:123456789012:activity:ä"\\');
    await Promise.all(listeners.map((listener) => listener.until('1700000000000')));
    await other.until('arn:aws:states:us-east-1:123456789012:activity:ä"\\');
    expect(listeners.map(({ heard }) => heard)).toEqual([['1700000000000'], ['1700000000000'], ['1700000000000']]);
  });

  test('a listener that throws does not keep others from hearing', async () => {
    const queue = room.open();
    const listener = new RecordingListener();
    await queue.listen('wake', () => {
      throw new Error('this listener is broken');
    });
    await queue.listen('wake', listener.listener);
    queue.announce('wake', '1');
    queue.announce('wake', '2');
    await listener.until('2');
    await room.logger.untilError();
    expect(listener.heard).toEqual(['1', '2']);
  });
}

function closing(room: Room): void {
  test('a closed subscription delivers nothing more', async () => {
    const [queue, sender] = [room.open(), room.open()];
    const gone = new RecordingConsumer('worker-gone');
    const stays = new RecordingConsumer('worker-stays');
    const listener = new RecordingListener();
    const listening = await queue.listen('wake', listener.listener);
    const subscription = await queue.consume(gone);
    sender.send(['e1']);
    await gone.untilShared('e1');
    await Promise.all([subscription.close(), listening.close()]);
    await queue.consume(stays);
    sender.sendToWorker('worker-gone', ['e2']);
    sender.announce('wake', '1');
    await sendUntil(
      () => sender.send(['e3']),
      () => stays.shared.includes('e3'),
    );
    await delay(quietMs);
    expect([gone.shared, gone.own, listener.heard]).toEqual([['e1'], [], []]);
  });

  test('after close nothing throws, nothing is delivered, and health says so', async () => {
    const queue = room.open();
    const consumer = new RecordingConsumer('worker-1');
    await queue.consume(consumer);
    expect((await queue.health()).healthy).toBe(true);
    await queue.close();
    queue.send(['e1']);
    queue.sendToWorker('worker-1', ['e1']);
    queue.announce('wake', '1');
    await queue.close();
    await delay(quietMs);
    expect([consumer.shared, consumer.own]).toEqual([[], []]);
    const health = await queue.health();
    expect(health.healthy).toBe(false);
    expect(health.reason).toContain('closed');
  });
}

function serverAway(room: Room, server: () => QueueServer): void {
  test('the server may die and come back: deliveries go on by themselves', async () => {
    const [sender, receiver] = [room.open(), room.open()];
    const consumer = new RecordingConsumer('worker-1');
    const listener = new RecordingListener();
    await receiver.consume(consumer);
    await receiver.listen('wake', listener.listener);
    sender.send(['before']);
    await consumer.untilShared('before');
    await server().kill();
    try {
      const startedAt = performance.now();
      sender.send(['away']);
      sender.sendToWorker('worker-1', ['away']);
      sender.announce('wake', 'away');
      expect(performance.now() - startedAt, 'sending never blocks').toBeLessThan(100);
      await expect
        .poll(async () => [(await sender.health()).healthy, (await receiver.health()).healthy], { timeout: 10_000 })
        .toEqual([false, false]);
      expect((await sender.health()).reason).toBeTruthy();
    } finally {
      await server().start();
    }
    await sendUntil(
      () => {
        sender.send(['after']);
        sender.sendToWorker('worker-1', ['own-after']);
        sender.announce('wake', 'after');
      },
      () => consumer.shared.includes('after') && consumer.own.includes('own-after') && listener.heard.includes('after'),
    );
    await expect.poll(async () => (await sender.health()).healthy, { timeout: 10_000 }).toBe(true);
    expect((await receiver.health()).healthy).toBe(true);
  });

  test('opened while the server is away it works once it is there; close never hangs', async () => {
    await server().kill();
    const queue = room.open();
    const consumer = new RecordingConsumer('worker-1');
    try {
      const subscription = await queue.consume(consumer);
      queue.send(['e1']);
      expect((await queue.health()).healthy).toBe(false);
      const closedInVain = room.open();
      await closedInVain.consume(new RecordingConsumer('worker-2'));
      const startedAt = performance.now();
      await closedInVain.close();
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      await subscription.close();
      await queue.consume(consumer);
    } finally {
      await server().start();
    }
    await sendUntil(
      () => queue.send(['e2']),
      () => consumer.shared.includes('e2'),
    );
  });
}
