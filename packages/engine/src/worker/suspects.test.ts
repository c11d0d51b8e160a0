import { KNOWN_FORMATS } from '@everstep/language';
import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World } from '@everstep/testkit';
import { expect, it, vi } from 'vitest';
import { encodeActivation } from '../activation-codec.ts';
import { MOST_CRASHES } from '../crashes.ts';
import { silentLogger, startExecution } from '../index.ts';
import { Suspects } from './suspects.ts';

/** A claimed run, and the suspects of who has claimed it. */
async function claimed() {
  const clock = new VirtualClock();
  const store = createMemoryStore({ now: () => clock.now() });
  const world = new World({ store, hints: createLocalQueue({ logger: silentLogger }), clock });
  const stateMachineArn = await world.createMachine({ StartAt: 'A', States: { A: { Type: 'Pass', End: true } } });
  const { executionId } = await startExecution(world.context, { stateMachineArn });
  await store.registerWorker({ workerId: 'w', host: 'here', leaseMs: 6_000 });
  const [run] = await store.claim({ workerId: 'w', executionIds: [executionId], formats: KNOWN_FORMATS });
  if (run === undefined) throw new Error('nothing was claimed');
  const release = vi.spyOn(store, 'release');
  const fail = vi.fn<() => Promise<void>>(async () => {});
  const suspects = new Suspects(world.context, { quarantine: { hasRoom: () => false, takeIn: () => {} }, fail });
  return { run: { ...run, crashes: MOST_CRASHES }, release, fail, suspects };
}

it('fails what was run alone often enough', async () => {
  const { run, release, fail, suspects } = await claimed();
  expect(suspects.includes(run)).toBe(true);
  await suspects.handle(run);
  expect(fail).toHaveBeenCalledOnce();
  expect(release).not.toHaveBeenCalled();
});

// Found by the simulator: a child that its Map Run had stopped failed instead, although the Stop had arrived before.
it('lets one that is asked to stop do so, alone, and fails it if even that ends the process', async () => {
  const { run, release, fail, suspects } = await claimed();
  const stop = { number: run.consumed + 1, activation: encodeActivation({ at: 0, type: 'Stop' }) };
  await suspects.handle({ ...run, inbox: [...run.inbox, stop] });
  expect(release).toHaveBeenCalledOnce();
  expect(fail).not.toHaveBeenCalled();
  await suspects.handle({ ...run, inbox: [...run.inbox, stop], crashes: MOST_CRASHES + 1 });
  expect(fail).toHaveBeenCalledOnce();
});

it('fails one that cannot be read, whatever arrived', async () => {
  const { run, fail, suspects } = await claimed();
  const sealed = { number: run.consumed + 1, activation: 'everstep-sealed:v1:…' };
  await suspects.handle({ ...run, inbox: [...run.inbox, sealed], unreadable: 'its key is not here' });
  expect(fail).toHaveBeenCalledOnce();
});
