import { migrate } from '@everstep/store-postgres';
import { Command } from 'commander';
import { askDatabase } from '../adapters.ts';
import { readConfig } from '../config.ts';
import { requireUrl } from './distributed.ts';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database at DATABASE_URL up to this version; run it once before the others start')
    .action(async () => {
      const config = readConfig(process.env, ['DATABASE_URL']);
      const applied = await askDatabase(() => migrate(requireUrl(config)));
      if (applied.length === 0) console.log('The database is up to date.');
      for (const name of applied) console.log(`applied ${name}`);
    });
}
