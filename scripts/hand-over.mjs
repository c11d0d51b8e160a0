import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { handOver } from './processes.mjs';
import { ensureToolchain, ToolchainError } from './toolchain.mjs';
import { build, install } from './workspace.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Toolchain, packages, build, then the `everstep` command in place of this process. Needs Node 20 and npm, nothing else. */
export async function runEverstep(commandArguments) {
  try {
    const toolchain = await ensureToolchain(root);
    await install(toolchain);
    await build(toolchain);
    const main = join(root, 'services', 'everstep', 'dist', 'main.js');
    handOver(toolchain.node, [main, ...commandArguments], { cwd: root, env: toolchain.env });
  } catch (error) {
    console.error(error instanceof ToolchainError ? error.message : `Everstep could not be started: ${error.message}`);
    process.exitCode = 1;
  }
}
