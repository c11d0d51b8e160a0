import { load, serve } from './serve.mjs';

const { FlowProducer, Worker } = await load('bullmq');

const { hostname, port, password } = new URL(process.env.REDIS_URL);
const connection = { host: hostname, port: Number(port), password, maxRetriesPerRequest: null };
const options = { connection, prefix: '{bench-bullmq}' };
const flows = new FlowProducer(options);
const ended = new Map();
let runs = 0;
const worker = new Worker('steps', async () => ({}), { ...options, concurrency: 200 });
worker.on('completed', (job) => {
  ended.get(job.data.run)?.();
  ended.delete(job.data.run);
});
await worker.waitUntilReady();

const kept = { removeOnComplete: true, removeOnFail: true };

async function run(flow) {
  runs += 1;
  const run = runs;
  const done = new Promise((resolve) => ended.set(run, resolve));
  await flows.add(flow(run));
  await done;
}

/** Ten jobs, each the child of the next: the last one's end is the flow's. */
function chain(run) {
  let flow = { name: 'step', queueName: 'steps', data: {}, opts: kept };
  for (let step = 2; step <= 10; step += 1) {
    const data = step === 10 ? { run } : {};
    flow = { name: 'step', queueName: 'steps', data, opts: kept, children: [flow] };
  }
  return flow;
}

serve({
  one: () => run(chain),
  fanOut: (items) =>
    run((number) => ({
      name: 'fan',
      queueName: 'steps',
      data: { run: number },
      opts: kept,
      children: Array.from({ length: items }, () => ({ name: 'item', queueName: 'steps', data: {}, opts: kept })),
    })),
  async stop() {
    await worker.close(true);
    await flows.close();
  },
});
