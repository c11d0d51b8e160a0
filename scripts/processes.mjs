// Starting other programs: one way for every script, without a shell, so that folders with spaces and Windows need no care.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Lines kept of a captured program's output, shown only when it fails. */
const KEPT_OUTPUT_BYTES = 256 * 1024;

export class CommandFailed extends Error {
  constructor(title, code, signal, output) {
    super(`${title} failed (${signal === null ? `exit code ${code}` : `signal ${signal}`})`);
    this.name = 'CommandFailed';
    this.output = output;
  }
}

/**
 * Runs a program to its end. With `capture` its output is kept and thrown with the error; without, it goes to the
 * terminal. Resolves with what was captured.
 */
export function run(title, program, programArguments, options) {
  const { cwd, env, capture = false, shell = false } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArguments, {
      cwd,
      env,
      shell,
      stdio: capture ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT_BYTES);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', (error) => reject(new Error(`${title}: ${program} cannot be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new CommandFailed(title, code, signal, output));
    });
  });
}

/** How often a script that npm started looks whether npm is still there. */
const PARENT_POLL_MS = 500;

/**
 * Runs a program in place of this one: its terminal, its exit code, and every signal that asks this process to end. On a
 * terminal the program hears Ctrl-C from the terminal, from npm and from here; it must take them as one. npm dies of a
 * SIGTERM without passing it on, so its death counts as one.
 */
export function handOver(program, programArguments, options) {
  const child = spawn(program, programArguments, { ...options, stdio: 'inherit' });
  const signals = process.platform === 'win32' ? ['SIGINT', 'SIGBREAK'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) {
    process.on(signal, () => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    });
  }
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined) {
    const look = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(look);
      child.kill('SIGTERM');
    }, PARENT_POLL_MS);
    look.unref();
  }
  child.on('error', (error) => {
    console.error(`${program} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.on('close', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

/** The script behind a command of an installed package, so that Node runs it directly on every platform. */
export function packageCommand(root, packageName, command = packageName) {
  const manifestPath = join(root, 'node_modules', packageName, 'package.json');
  const { bin } = JSON.parse(readFileSync(manifestPath, 'utf8'));
  const script = typeof bin === 'string' ? bin : bin?.[command];
  if (script === undefined) throw new Error(`The package ${packageName} has no command "${command}".`);
  return join(dirname(manifestPath), script);
}
