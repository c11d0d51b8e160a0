import { load, serve } from './serve.mjs';

const { OpenWorkflow } = await load('openworkflow');
const { BackendPostgres } = await load('openworkflow/postgres');

const backend = await BackendPostgres.connect(process.env.DATABASE_URL);
const ow = new OpenWorkflow({ backend });
// Asking for results is by polling; instead the workflow's own last line tells that it is through, just before the
// commit of its end, which flatters this peer a little.
const ended = new Map();
let runs = 0;
const steps = ow.defineWorkflow({ name: 'steps' }, async ({ input, step }) => {
  for (let index = 0; index < 10; index += 1) await step.run({ name: `step${index}` }, async () => ({}));
  ended.get(input.run)?.();
  ended.delete(input.run);
});
const fan = ow.defineWorkflow({ name: 'fan' }, async ({ input, step }) => {
  const items = Array.from({ length: input.items }, (_, item) => step.run({ name: `item${item}` }, async () => ({})));
  await Promise.all(items);
  ended.get(input.run)?.();
  ended.delete(input.run);
});
const worker = ow.newWorker({ concurrency: 50 });
await worker.start();

async function run(workflow, input) {
  runs += 1;
  const run = runs;
  const done = new Promise((resolve) => ended.set(run, resolve));
  await workflow.run({ ...input, run });
  await done;
}

serve({
  one: () => run(steps, {}),
  fanOut: (items) => run(fan, { items }),
  async stop() {
    await worker.stop();
    await backend.stop();
  },
});
