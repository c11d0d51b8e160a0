// A vitest reporter that leaves the counts and what failed in a file, for the closing lines of `npm test`: a failure is
// found at the end of the output, where it is looked for, and not minutes of output above it.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/** An error's message, as much of it as tells what was expected. */
function firstLines({ message }) {
  return message.split('\n').slice(0, 8).join('\n    ').slice(0, 1000);
}

export default class CountingReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
    const fail = (where, errors) => {
      counts.failed += 1;
      counts.failures.push(`${where}\n    ${errors.map(firstLines).join('\n    ')}`);
    };
    for (const testModule of testModules) {
      const file = relative(process.cwd(), testModule.moduleId);
      // A file that cannot be loaded, and a suite whose hook throws, have no failed test of their own.
      if (testModule.errors().length > 0) fail(file, testModule.errors());
      for (const suite of testModule.children.allSuites()) {
        if (suite.errors().length > 0) fail(`${file} > ${suite.fullName}`, suite.errors());
      }
      for (const test of testModule.children.allTests()) {
        const { state, errors } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') fail(`${file} > ${test.fullName}`, errors ?? []);
        else counts.skipped += 1;
      }
    }
    for (const error of unhandledErrors) fail('outside of any test', [error]);
    const file = process.env.EVERSTEP_TEST_COUNTS;
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
  }
}
