import type { Integration, TaskOutcome } from '@everstep/engine';
import { createIntegrationRegistry } from '@everstep/integrations';
import { startWorker } from '@everstep/worker-service';
import { noFunctions, type Role, runRole, tell } from './role.ts';

const DONE: TaskOutcome = { type: 'succeeded', output: {} };
const SUBMITTED: TaskOutcome = { type: 'submitted', output: {} };
const CANCELLED: TaskOutcome = { type: 'failed', error: 'States.TaskFailed', cause: 'cancelled' };

/** A task that does nothing: what is measured is everything around it. With a token, it tells it to the benchmark. */
function noop({ ledger }: Role): Integration {
  return {
    async perform({ token, executionId }) {
      if (token === null) return DONE;
      tell({ kind: 'token', name: ledger.nameOf(executionId), token, at: Date.now() });
      return SUBMITTED;
    },
  };
}

/** A task that lasts until it is cancelled. */
const hold: Integration = {
  perform: ({ signal }) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(CANCELLED), { once: true })),
};

await runRole('worker', async (role) => {
  const registry = createIntegrationRegistry({
    context: role.context,
    functions: noFunctions,
    integrations: { 'everstep:noop': noop(role), 'everstep:hold': hold },
  });
  const worker = await startWorker(role.context, registry);
  return {
    url: null,
    async stop() {
      await worker.drain(1_000);
      await registry.close();
    },
  };
});
