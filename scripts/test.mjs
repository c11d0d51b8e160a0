// `npm test [-- <paths for vitest>]`: everything CI checks, ending with what failed and the line `N passed, N failed, N skipped`.
// A failing check does not hide the next one: all run, and each failed check counts as one failure.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageCommand, run } from './processes.mjs';
import { loudStep } from './steps.mjs';
import { ensureToolchain, ToolchainError } from './toolchain.mjs';
import { build, install } from './workspace.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** What Node has compiled once: the tests start the same programs hundreds of times. */
const compileCache = join(root, '.tools', 'compile-cache');
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

/** Runs one check and counts it; true where it passed. */
async function check(title, action) {
  try {
    await action();
    totals.passed += 1;
    return true;
  } catch (error) {
    totals.failed += 1;
    const message = error instanceof ToolchainError ? error.message : `${title}: ${error.message}`;
    failures.push(message);
    console.error(message);
    return false;
  }
}

/** Runs a package's command on the sources, its output on the terminal. */
function command(toolchain, title, packageName, commandName, commandArguments) {
  return check(title, () =>
    loudStep(title, () =>
      run(title, toolchain.node, [packageCommand(root, packageName, commandName), ...commandArguments], {
        cwd: root,
        env: toolchain.env,
      }),
    ),
  );
}

/** Runs vitest and adds its counts. A run that left no counts, or failed without a failed test, is one failure. */
async function tests(toolchain, title, vitestArguments) {
  const folder = mkdtempSync(join(tmpdir(), 'everstep-test-'));
  const countsFile = join(folder, 'counts.json');
  let ended = true;
  try {
    await loudStep(title, () =>
      run(
        title,
        toolchain.node,
        [
          packageCommand(root, 'vitest'),
          'run',
          '--reporter=default',
          `--reporter=${join(root, 'scripts', 'counting-reporter.mjs')}`,
          ...vitestArguments,
        ],
        { cwd: root, env: { ...toolchain.env, EVERSTEP_TEST_COUNTS: countsFile, NODE_COMPILE_CACHE: compileCache } },
      ),
    );
  } catch (error) {
    ended = false;
    console.error(error.message);
  }
  const counts = existsSync(countsFile)
    ? JSON.parse(readFileSync(countsFile, 'utf8'))
    : { passed: 0, failed: 0, skipped: 0, failures: [] };
  rmSync(folder, { recursive: true, force: true });
  if (counts.failed === 0 && (!ended || counts.passed === 0)) {
    counts.failed = 1;
    counts.failures.push(`${title}: ended without a failed test${ended ? ', and without any' : ''}`);
  }
  failures.push(...counts.failures);
  for (const name of Object.keys(totals)) totals[name] += counts[name];
}

async function everything(paths) {
  let toolchain;
  const ready = await check('preparing', async () => {
    toolchain = await ensureToolchain(root);
    await install(toolchain);
  });
  if (!ready) return;
  await check('build', () => build(toolchain));
  const endToEnd = ['--config', 'vitest.e2e.config.ts'];
  if (paths.length > 0) {
    const [inside, others] = [paths.filter(isEndToEnd), paths.filter((path) => !isEndToEnd(path))];
    if (others.length > 0) await tests(toolchain, 'tests', others);
    if (inside.length > 0) await tests(toolchain, 'end-to-end tests', [...endToEnd, ...inside]);
    return;
  }
  await command(toolchain, 'lint', 'oxlint', 'oxlint', ['--type-aware', '--deny-warnings']);
  await command(toolchain, 'format', '@biomejs/biome', 'biome', ['format', '--max-diagnostics=20', '.']);
  await tests(toolchain, 'tests', []);
  await tests(toolchain, 'end-to-end tests', endToEnd);
}

/** The end-to-end tests start built processes and take minutes, so they have a configuration of their own. */
function isEndToEnd(path) {
  return path.replace(/^\.[/\\]/, '').startsWith('e2e');
}

await everything(process.argv.slice(2));
if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 ? 0 : 1;
