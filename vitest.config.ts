import { defineConfig } from 'vitest/config';

// Tests run against the packages' sources, not their builds: `everstep-source` is the condition that names them.
const conditions = ['everstep-source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'services/*/src/**/*.test.ts', 'tests/**/*.test.ts'],
    // One throw-away Postgres per run, started when the first test asks for it.
    globalSetup: ['packages/testkit/src/services/vitest-global.ts'],
    // One per core: half of the time is waiting for processes and servers.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
