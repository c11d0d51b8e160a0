// Progress for people: one line a step, with its seconds. A step that has nothing to do says nothing.
import { CommandFailed } from './processes.mjs';

function seconds(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

/**
 * Runs one step and prints its title, then its seconds on the same line; on failure the captured output too. With
 * `quietMs` a step that takes no longer than that is not mentioned.
 */
export async function step(title, action, { quietMs = 0 } = {}) {
  const startedAt = performance.now();
  let announced = false;
  const announce = () => {
    announced = true;
    process.stdout.write(`  ${title} … `);
  };
  const timer = quietMs === 0 ? undefined : setTimeout(announce, quietMs);
  if (quietMs === 0) announce();
  try {
    const result = await action();
    if (announced) process.stdout.write(`${seconds(startedAt)}\n`);
    return result;
  } catch (error) {
    if (!announced) announce();
    process.stdout.write(`failed after ${seconds(startedAt)}\n`);
    if (error instanceof CommandFailed && error.output !== '') process.stderr.write(`${error.output.trimEnd()}\n`);
    throw error;
  } finally {
    clearTimeout(timer);
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
