import { load, serve } from './serve.mjs';

const { DBOS } = await load('@dbos-inc/dbos-sdk');

DBOS.setConfig({
  name: 'bench',
  systemDatabaseUrl: process.env.DATABASE_URL,
  systemDatabasePoolSize: 20,
  runAdminServer: false,
  logLevel: 'error',
});
const nothing = async () => ({});
const steps = DBOS.registerWorkflow(
  async () => {
    for (let step = 0; step < 10; step += 1) await DBOS.runStep(nothing, { name: `step${step}` });
  },
  { name: 'steps' },
);
const fan = DBOS.registerWorkflow(
  async (items) => {
    await Promise.all(Array.from({ length: items }, (_, item) => DBOS.runStep(nothing, { name: `item${item}` })));
  },
  { name: 'fan' },
);
await DBOS.launch();
serve({ one: () => steps(), fanOut: (items) => fan(items), stop: () => DBOS.shutdown() });
