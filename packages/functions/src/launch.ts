import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FunctionDefinition } from './function-definition.ts';

/** The command line of a function's process. */
export interface Launch {
  readonly program: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Whether its runtime is one of ours, which takes any address of the Runtime API. */
  readonly isOwnRuntime: boolean;
}

const isSource = import.meta.url.endsWith('.ts');
const NODE_RUNTIME = fileURLToPath(
  new URL(isSource ? './runtimes/nodejs.ts' : './runtimes/nodejs.js', import.meta.url),
);
const PYTHON_RUNTIME = fileURLToPath(new URL('../runtimes/python.py', import.meta.url));

/** What of the server's environment every function sees; the rest is its manifest's to name. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'TEMP', 'SystemRoot'];

export function launchOf({ runtime, memoryMb }: FunctionDefinition): Launch {
  switch (runtime.kind) {
    case 'nodejs': {
      const words = [`--max-old-space-size=${memoryMb}`, NODE_RUNTIME];
      return {
        program: process.execPath,
        words,
        environment: executionEnvironment(runtimeName(runtime)),
        isOwnRuntime: true,
      };
    }
    case 'python': {
      const environment = { ...executionEnvironment(runtimeName(runtime)), PYTHONUNBUFFERED: '1', PYTHONUTF8: '1' };
      return { program: runtime.program, words: [PYTHON_RUNTIME], environment, isOwnRuntime: true };
    }
    case 'command': {
      const [program, ...words] = runtime.words;
      return { program, words, environment: {}, isOwnRuntime: false };
    }
  }
}

function executionEnvironment(runtime: string): Record<string, string> {
  return { AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}` };
}

/** In AWS's words. */
export function runtimeName(runtime: FunctionDefinition['runtime']): string {
  switch (runtime.kind) {
    case 'nodejs':
      return `nodejs${process.versions.node.split('.', 1)[0] ?? ''}.x`;
    case 'python':
      return /python3(\.\d+)?$/.exec(runtime.program)?.[0] ?? 'python3';
    case 'command':
      return 'provided';
  }
}

export interface ProcessFacts {
  readonly region: string;
  readonly accountId: string;
  readonly runtimeApi: string;
  readonly logStream: string;
}

/** All that a function sees of the world, in the order in which the later wins. */
export function environmentOf(
  definition: FunctionDefinition,
  launch: Launch,
  { region, runtimeApi, logStream }: ProcessFacts,
): Record<string, string> {
  const basics: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) basics[name] = value;
  }
  return {
    ...basics,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...launch.environment,
    ...definition.environment,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: definition.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    LAMBDA_TASK_ROOT: definition.folder,
    LAMBDA_RUNTIME_DIR: fileURLToPath(new URL('../runtimes', import.meta.url)),
    _HANDLER: definition.handler,
  };
}

/** The path of a program as it would be found, or why it cannot be run. */
export async function findProgram(program: string, path: string): Promise<string | NodeJS.ErrnoException> {
  const places = program.includes('/') ? [program] : path.split(delimiter).map((folder) => join(folder, program));
  let worst: NodeJS.ErrnoException = Object.assign(new Error('ENOENT'), { code: 'ENOENT', path: program });
  for (const place of places) {
    try {
      await access(place, constants.X_OK);
      return place;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'ENOENT';
      if (code !== 'ENOENT' && code !== 'ENOTDIR') worst = Object.assign(new Error(code), { code, path: place });
    }
  }
  return worst;
}

/** Ends a process as soon as the one that started it has ended, however that came. */
const WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL', '--'] as const;
let known: Promise<readonly string[]> | null = null;

/**
 * What to put before a command so that a server that is killed leaves nothing behind; nothing where the system has none.
 * Without it a runtime notices when it asks for its next invocation.
 */
export function endingWithParent(): Promise<readonly string[]> {
  known ??= isOffered();
  return known;
}

async function isOffered(): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const [program, ...words] = WITH_PARENT;
  return promisify(execFile)(program, [...words, process.execPath, '--version']).then(
    () => WITH_PARENT,
    () => [],
  );
}
