import { parseArgs } from 'node:util';
import { checkPlans } from './check-plans.ts';
import { migratedDatabase } from './test-database.ts';

// pnpm plans -- --executions 1000000: what plans.test.ts asks, of a database that holds as many parked executions.
const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { executions: { type: 'string', default: '1000000' } },
});
const executions = Number(values.executions);
if (!Number.isSafeInteger(executions) || executions < 1) throw new Error('--executions must be a whole number');

const database = await migratedDatabase();
try {
  const begun = performance.now();
  const { problems, read, hot } = await checkPlans({
    ...database,
    executions,
    onProgress: (done) => console.log(`${done.toLocaleString('en')} rows of executions`),
  });
  console.log(
    `${executions.toLocaleString('en')} parked, checked in ${Math.round((performance.now() - begun) / 1_000)} s`,
  );
  for (const [table, rows] of [...read].filter(([, rows]) => rows > 0)) console.log(`  read ${rows} rows of ${table}`);
  for (const [table, part] of hot) console.log(`  ${table}: ${(part * 100).toFixed(1)} % of updates HOT`);
  for (const problem of problems) console.log(`PROBLEM ${problem}`);
  console.log(problems.length === 0 ? 'every hot statement finds its rows by an index' : `${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await database.drop();
}
