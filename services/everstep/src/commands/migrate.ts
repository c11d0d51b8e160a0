import { describePlan, migrate, type PlannedMigration, planMigrations } from '@everstep/store-postgres';
import { Command } from 'commander';
import { askDatabase } from '../adapters.ts';
import { readConfig } from '../config.ts';
import { requireUrl } from './distributed.ts';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database at DATABASE_URL up to this version; run it once before the others start')
    .option('--dry-run', 'only say what would be applied, and what it would lock')
    .option('--json', 'with --dry-run: say it as JSON')
    .action(async ({ dryRun = false, json = false }: { dryRun?: boolean; json?: boolean }) => {
      const url = requireUrl(readConfig(process.env, ['DATABASE_URL']));
      const plan = await askDatabase(() => planMigrations(url));
      if (dryRun) show(plan, json);
      else await apply(url, plan);
    });
}

function show(plan: readonly PlannedMigration[], json: boolean): void {
  if (json) console.log(JSON.stringify({ pending: plan }, null, 2));
  else if (plan.length === 0) console.log('The database is up to date.');
  else console.log(['would apply', ...describePlan(plan)].join('\n'));
}

async function apply(url: string, plan: readonly PlannedMigration[]): Promise<void> {
  if (plan.length > 0) console.log(['about to apply', ...describePlan(plan)].join('\n'));
  const applied = await migrate(url, {
    onWait: (tag, attempt) => {
      if (attempt === 1) console.log(`${tag}: a table is in use; asking again until it is free for a moment`);
    },
  });
  if (applied.length === 0) console.log('The database is up to date.');
  for (const name of applied) console.log(`applied ${name}`);
}
