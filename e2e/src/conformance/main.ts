/** `pnpm conformance [-- FILTER]`: replays the cases recorded from AWS and says what differs. */
import { casesAvailable, runConformance } from './conformance.ts';
import { knownDifference } from './known-differences.ts';

async function main(): Promise<number> {
  if (!casesAvailable()) {
    console.log('skipped: the recorded cases lie beside the development checkout only');
    return process.env['CI'] === 'true' ? 1 : 0;
  }
  const filter = process.argv.slice(2).find((argument) => argument !== '--');
  const report = await runConformance({
    ...(filter === undefined ? {} : { filter }),
    progress: (text) => process.stdout.write(text),
  });
  const failed = report.counted.filter(({ status }) => status === 'failed');
  const wrong = failed.filter(({ id }) => knownDifference(id) === null);
  console.log('\nof what this version offers:');
  for (const { id } of failed) {
    const reason = knownDifference(id);
    console.log(reason === null ? `  FAILS ${id}` : `  known ${id}\n        ${reason}`);
  }
  const needs = Map.groupBy(report.later, (entry) => entry.needs);
  for (const [need, cases] of needs) {
    const passed = cases.filter(({ status }) => status === 'passed').length;
    console.log(`  later: ${cases.length} cases need ${need}${passed === 0 ? '' : ` (${passed} of them pass)`}`);
  }
  const passed = report.counted.filter(({ status }) => status === 'passed').length;
  const skipped = report.counted.filter(({ status }) => status === 'skipped').length;
  console.log(`\n${passed} passed, ${wrong.length} failed, ${skipped + failed.length - wrong.length} skipped`);
  return wrong.length === 0 ? 0 : 1;
}

process.exitCode = await main();
