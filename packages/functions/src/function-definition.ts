import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** One function of the folder: `functions/<name>/index.mjs` (or .js, .cjs) and an optional `function.json`. */
export interface FunctionDefinition {
  readonly name: string;
  readonly folder: string;
  /** Absolute path of the module that exports `handler`. */
  readonly module: string;
  /** Lambda's own limits: seconds until an invocation is ended, MB of heap, invocations at once. */
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly concurrency: number;
  readonly environment: Readonly<Record<string, string>>;
}

export class FunctionManifestError extends Error {
  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.name = 'FunctionManifestError';
  }
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const MODULES = ['index.mjs', 'index.js', 'index.cjs'];
const DEFAULTS = { timeoutSeconds: 30, memoryMb: 128, concurrency: 10 };

/** null: there is no such function. The name's pattern confines the path to the folder. */
export async function readFunction(
  functionsDir: string,
  name: string,
  environment: NodeJS.ProcessEnv,
): Promise<FunctionDefinition | null> {
  if (!NAME.test(name)) return null;
  const folder = join(functionsDir, name);
  const module = await firstFile(MODULES.map((file) => join(folder, file)));
  if (module === null) return null;
  return { name, folder, module, ...(await readManifest(join(folder, 'function.json'), environment)) };
}

/** Names of the functions in the folder, in order. */
export async function listFunctions(functionsDir: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(functionsDir, { withFileTypes: true })) {
    if (!entry.isDirectory() || !NAME.test(entry.name)) continue;
    const module = await firstFile(MODULES.map((file) => join(functionsDir, entry.name, file)));
    if (module !== null) names.push(entry.name);
  }
  return names.toSorted();
}

async function firstFile(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    const found = await stat(path).catch(absent);
    if (found?.isFile() === true) return path;
  }
  return null;
}

function absent(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

type Manifest = Pick<FunctionDefinition, 'timeoutSeconds' | 'memoryMb' | 'concurrency' | 'environment'>;

async function readManifest(path: string, environment: NodeJS.ProcessEnv): Promise<Manifest> {
  const text = await readFile(path, 'utf8').catch(absent);
  if (text === null) return { ...DEFAULTS, environment: {} };
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw new FunctionManifestError(path, `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof manifest !== 'object' || manifest === null) throw new FunctionManifestError(path, 'not a JSON object');
  const fields = new Map<string, unknown>(Object.entries(manifest));
  const number = (name: keyof typeof DEFAULTS, maximum: number): number => {
    const value = fields.get(name) ?? DEFAULTS[name];
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maximum) return value;
    throw new FunctionManifestError(path, `${name} must be an integer from 1 to ${maximum}`);
  };
  return {
    timeoutSeconds: number('timeoutSeconds', 900),
    memoryMb: number('memoryMb', 10_240),
    concurrency: number('concurrency', 1_000),
    environment: readEnvironment(path, fields.get('environment') ?? {}, environment),
  };
}

/** Values may name the server's variables: `${NAME}` or `${NAME:-default}`. Nothing else of them reaches a function. */
function readEnvironment(path: string, declared: unknown, environment: NodeJS.ProcessEnv): Record<string, string> {
  if (typeof declared !== 'object' || declared === null) {
    throw new FunctionManifestError(path, 'environment must be an object of strings');
  }
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(declared)) {
    if (typeof value !== 'string') throw new FunctionManifestError(path, `environment.${name} must be a string`);
    result[name] = value.replaceAll(/\$\{(\w+)(?::-([^}]*))?\}/g, (_match, variable: string, fallback?: string) => {
      return environment[variable] ?? fallback ?? '';
    });
  }
  return result;
}
