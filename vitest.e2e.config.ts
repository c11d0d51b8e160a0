import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

// Real processes need the machine for themselves: one file after the other, on the builds that users run.
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['e2e/src/**/*.test.ts'], fileParallelism: false, testTimeout: 120_000 },
});
