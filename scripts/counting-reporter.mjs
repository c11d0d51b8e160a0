// A vitest reporter that leaves the counts in a file, for the closing line of `npm test`.
import { writeFileSync } from 'node:fs';

export default class CountingReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const testModule of testModules) {
      // A file that cannot be loaded, and a suite whose hook throws, have no failed test of their own.
      if (testModule.errors().length > 0) counts.failed += 1;
      for (const suite of testModule.children.allSuites()) {
        if (suite.errors().length > 0) counts.failed += 1;
      }
      for (const test of testModule.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') counts.failed += 1;
        else counts.skipped += 1;
      }
    }
    counts.failed += unhandledErrors.length;
    const file = process.env.EVERSTEP_TEST_COUNTS;
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
  }
}
