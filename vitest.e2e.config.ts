import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** What measures time, has to be done in time, disturbs everything or takes all processors by itself. */
const ALONE = [
  'e2e/src/activity-pollers.test.ts',
  'e2e/src/chaos/**/*.test.ts',
  'e2e/src/main-job.test.ts',
  'e2e/src/simulation.test.ts',
  'e2e/src/timers.test.ts',
];

// On the builds that users run. Half of their time is waiting for processes to start, so two files go beside each other;
// after them, those that need the machine for themselves, one by one.
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: [],
    testTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'beside others',
          include: ['e2e/src/**/*.test.ts'],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
