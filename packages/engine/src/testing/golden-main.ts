import { parseArgs } from 'node:util';
import { CHECKPOINT_FORMAT } from '@everstep/language';
import { markReleased, writeGolden } from './golden-files.ts';
import { recordGolden } from './golden-run.ts';
import { GOLDEN_SCENARIOS } from './golden-scenarios.ts';

// pnpm golden: records the checkpoints of the present format. pnpm golden --release 1.2.0: and keeps them for ever, as
// executions of that release may be open for as long.
const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { release: { type: 'string' } },
});
const written = writeGolden(GOLDEN_SCENARIOS.map(recordGolden));
console.log(`format ${CHECKPOINT_FORMAT}: ${written.length === 0 ? 'nothing new' : `recorded ${written.join(', ')}`}`);
if (values.release !== undefined) {
  markReleased(values.release);
  console.log(
    `format ${CHECKPOINT_FORMAT} is the format of release ${values.release}: these checkpoints stay as they are`,
  );
}
