// Progress for people: one line a step, with its seconds. A step that has nothing to do says nothing.
import { CommandFailed } from './processes.mjs';

function seconds(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

/** Runs one step and prints its title, then its seconds on the same line; on failure the captured output too. */
export async function step(title, action) {
  const startedAt = performance.now();
  process.stdout.write(`  ${title} … `);
  try {
    const result = await action();
    process.stdout.write(`${seconds(startedAt)}\n`);
    return result;
  } catch (error) {
    process.stdout.write(`failed after ${seconds(startedAt)}\n`);
    if (error instanceof CommandFailed && error.output !== '') process.stderr.write(`${error.output.trimEnd()}\n`);
    throw error;
  }
}

/** Like `step`, for programs that print by themselves: title first, seconds in a line of their own. */
export async function loudStep(title, action) {
  const startedAt = performance.now();
  console.log(`\n== ${title}`);
  try {
    return await action();
  } finally {
    console.log(`== ${title}: ${seconds(startedAt)}`);
  }
}
