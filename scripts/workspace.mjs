// Installing and building the workspace, each skipped quickly when nothing has changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageCommand, run } from './processes.mjs';
import { step } from './steps.mjs';

/** Folders whose children are packages of the workspace. */
const PACKAGE_FOLDERS = ['packages', 'services', 'examples'];
const SINGLE_PACKAGES = ['.', 'e2e', 'bench'];

/** Every package.json of the workspace, relative to its root, in a fixed order. */
export function manifests(root) {
  const folders = [...SINGLE_PACKAGES];
  for (const folder of PACKAGE_FOLDERS) {
    if (!existsSync(join(root, folder))) continue;
    for (const name of readdirSync(join(root, folder)).sort()) folders.push(join(folder, name));
  }
  return folders.map((folder) => join(folder, 'package.json')).filter((path) => existsSync(join(root, path)));
}

/** What an installation depends on: the lock file, the manifests, the platform and Node's major version. */
export function installationHash(root, machine) {
  const hash = createHash('sha256').update(machine);
  for (const path of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests(root)]) {
    hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

/** `pnpm install --frozen-lockfile`, unless the last one was of the same lock file and manifests. */
export async function install(toolchain) {
  const { root, node, pnpm, env } = toolchain;
  const stampPath = join(root, 'node_modules', '.everstep-installed');
  const hash = installationHash(root, `${process.platform} ${process.arch} ${node}`);
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === hash) return;
  await step('Installing packages', () =>
    run('pnpm install', node, [pnpm, 'install', '--frozen-lockfile', '--reporter=append-only'], {
      cwd: root,
      // Without CI pnpm asks on a terminal whether it may replace a node_modules of another version.
      env: { ...env, CI: 'true' },
      capture: true,
    }),
  );
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(stampPath, hash);
}

/**
 * Compiles every package (`tsc -b`, incremental) and then lets turbo run what packages build beyond that, such as the
 * console's bundle, from its cache where nothing changed.
 */
export async function build(toolchain) {
  // Nothing changed takes less than this.
  const options = { quietMs: 1_000 };
  await step('Building', () => compileAndBundle(toolchain), options);
}

function compileAndBundle({ root, node, env }) {
  return run('turbo run build', node, [packageCommand(root, 'turbo'), 'run', 'build', '--output-logs=errors-only'], {
    cwd: root,
    env,
    capture: true,
  });
}
