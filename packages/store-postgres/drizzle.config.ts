import { defineConfig } from 'drizzle-kit';

// `pnpm exec drizzle-kit generate --name <what>` writes the next migration. drizzle-kit knows no partitions, fill factors
// or storage settings: these are edited into the generated SQL by hand, and schema.snapshot.txt shows what came out.
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/schema/*.ts',
  out: '../../migrations',
  breakpoints: true,
});
