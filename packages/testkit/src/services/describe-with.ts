import { describe, expect, test } from 'vitest';

export interface TestNeed {
  /** For people: `Redis`, `Chromium`. */
  readonly what: string;
  readonly available: () => boolean | Promise<boolean>;
  /** How to get it, for people. */
  readonly install: string;
}

/**
 * A suite that needs something a machine may lack. Without it the suite is skipped under its name, with what to
 * install; with CI=true that is a failure, so that nothing is silently untested.
 */
export function describeWith(need: TestNeed, name: string, body: () => void | Promise<void>): void {
  describe(`${name}`, async () => {
    if (await need.available()) {
      await body();
      return;
    }
    test(`needs ${need.what}: ${need.install}`, (context) => {
      expect(process.env['CI'], `with CI=true, ${need.what} must be there`).not.toBe('true');
      context.skip(need.install);
    });
  });
}
