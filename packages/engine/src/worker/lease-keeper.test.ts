import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World } from '@everstep/testkit';
import { expect, it } from 'vitest';
import { type Logger, type Store, silentLogger, StoreUnavailableError } from '../index.ts';
import { LeaseKeeper } from './lease-keeper.ts';

it('through an outage longer than the lease: told once, dropped once, and held again soon after its end', async () => {
  const clock = new VirtualClock();
  const truth = createMemoryStore({ now: () => clock.now() });
  let away = false;
  const refuse = (): void => {
    if (away) throw new StoreUnavailableError('the store is away');
  };
  const store: Store = {
    ...truth,
    registerWorker: async (worker) => {
      refuse();
      return truth.registerWorker(worker);
    },
    renewLease: async (request) => {
      refuse();
      return truth.renewLease(request);
    },
  };
  const lines: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (_fields, message) => lines.push(message) };
  const { context } = new World({ store, hints: createLocalQueue({ logger }), clock, logger });
  const registered: string[] = [];
  let lost = 0;
  const lease = new LeaseKeeper(context, 'host', {
    held: () => [],
    onUnseen: () => undefined,
    onNotHeld: () => undefined,
    onLost: async () => {
      lost++;
    },
    onRegistered: async (workerId) => {
      registered.push(workerId);
    },
  });
  await lease.start();
  away = true;
  await clock.advance(30_000);
  expect(lease.valid()).toBe(false);
  expect(lost).toBe(1);
  expect(lines.filter((line) => line.startsWith('the lease is over'))).toHaveLength(1);
  away = false;
  await clock.advance(300);
  expect(lease.valid()).toBe(true);
  expect(new Set(registered).size).toBe(2);
  const stopping = lease.stop();
  await clock.advance(10);
  await stopping;
});
