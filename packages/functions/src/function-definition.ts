import { access, constants, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { FolderStamp } from './folder-stamp.ts';
import { type FunctionManifest, FunctionManifestError, parseManifest } from './function-manifest.ts';

/** One version of a function, as its folder has it. */
export interface FunctionDefinition
  extends Pick<
    FunctionManifest,
    'memoryMb' | 'timeoutSeconds' | 'concurrency' | 'waiting' | 'environment' | 'description' | 'aliases'
  > {
  readonly name: string;
  /** `$LATEST`, or the number of a published version. */
  readonly version: string;
  readonly folder: string;
  readonly runtime: FunctionRuntime;
  /** `file.function`; a command of one's own gets it as `_HANDLER`. */
  readonly handler: string;
  readonly files: FolderStamp;
}

export type FunctionRuntime =
  | { readonly kind: 'nodejs' }
  /** The program to run: `python3`, `python3.12`, or that of the folder's own environment. */
  | { readonly kind: 'python'; readonly program: string }
  /** A runtime of one's own, which speaks the Runtime API. */
  | { readonly kind: 'command'; readonly words: readonly [program: string, ...rest: string[]] };

export const MANIFEST = 'function.json';
export const LATEST = '$LATEST';

const NODE_ENDINGS = ['mjs', 'js', 'cjs', 'mts', 'ts'];
/** Handlers that need no manifest, in this order, called as AWS's own examples call them. */
const USUAL_HANDLERS: readonly { readonly file: string; readonly handler: string }[] = [
  ...NODE_ENDINGS.map((ending) => ({ file: `index.${ending}`, handler: 'index.handler' })),
  { file: 'lambda_function.py', handler: 'lambda_function.lambda_handler' },
  { file: 'index.py', handler: 'index.handler' },
  { file: 'app.py', handler: 'app.lambda_handler' },
];
const BOOTSTRAP = 'bootstrap';
const OWN_PYTHON = '.venv/bin/python3';

export interface FunctionPlace {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  /** What manifests may name. */
  readonly variables: NodeJS.ProcessEnv;
  readonly files: FolderStamp;
}

/** null: there is no function in the folder. Throws {@link FunctionManifestError}. */
export async function readDefinition(place: FunctionPlace): Promise<FunctionDefinition | null> {
  const { name, version, folder, variables, files } = place;
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(absent);
  const where = version === LATEST ? `${name}/${MANIFEST}` : `${name}@${version}/${MANIFEST}`;
  const manifest = parseManifest(where, text, variables);
  const found = await findRuntime(folder, manifest);
  if (found === null) {
    // Just some folder; with a manifest it was meant to be a function.
    if (text === null) return null;
    throw new FunctionManifestError(where, describeMissing(manifest));
  }
  const { memoryMb, timeoutSeconds, concurrency, waiting, environment, description, aliases } = manifest;
  const limits = { memoryMb, timeoutSeconds, concurrency, waiting };
  return { name, version, folder, files, ...found, ...limits, environment, description, aliases };
}

type Found = Pick<FunctionDefinition, 'runtime' | 'handler'>;

async function findRuntime(folder: string, manifest: FunctionManifest): Promise<Found | null> {
  const { command, handler, runtime } = manifest;
  if (command !== null) {
    const [program = '', ...rest] = command;
    return { runtime: { kind: 'command', words: [inFolder(folder, program), ...rest] }, handler: handler ?? '' };
  }
  if (handler !== null) {
    const ending = await endingOf(folder, handler);
    if (ending !== null && fits(runtime, ending)) return found(folder, manifest, ending, handler);
  } else {
    for (const usual of USUAL_HANDLERS) {
      const ending = usual.file.slice(usual.file.lastIndexOf('.') + 1);
      if (fits(runtime, ending) && (await isFile(join(folder, usual.file)))) {
        return found(folder, manifest, ending, usual.handler);
      }
    }
  }
  const bootstrap = join(folder, BOOTSTRAP);
  if (runtime !== null || !(await isExecutable(bootstrap))) return null;
  return { runtime: { kind: 'command', words: [bootstrap] }, handler: handler ?? '' };
}

async function found(folder: string, { runtime }: FunctionManifest, ending: string, handler: string): Promise<Found> {
  if (ending !== 'py') return { runtime: { kind: 'nodejs' }, handler };
  const own = join(folder, OWN_PYTHON);
  if (await isExecutable(own)) return { runtime: { kind: 'python', program: own }, handler };
  return {
    runtime: { kind: 'python', program: runtime === null || runtime === 'python' ? 'python3' : runtime },
    handler,
  };
}

function fits(runtime: string | null, ending: string): boolean {
  return runtime === null || runtime.startsWith('python') === (ending === 'py');
}

/** The ending of the handler's file; null: there is no such file. */
async function endingOf(folder: string, handler: string): Promise<string | null> {
  const path = handlerPath(handler);
  for (const ending of [...NODE_ENDINGS, 'py']) if (await isFile(join(folder, `${path}.${ending}`))) return ending;
  return null;
}

/** `dir/file` of `dir/file.function` and `dir/file.object.function`. */
function handlerPath(handler: string): string {
  const slash = handler.lastIndexOf('/') + 1;
  return handler.slice(0, handler.indexOf('.', slash));
}

function describeMissing({ handler, runtime }: FunctionManifest): string {
  if (handler !== null) return `there is no file for the handler '${handler}'`;
  const usual = USUAL_HANDLERS.filter(({ file }) => fits(runtime, file.slice(file.lastIndexOf('.') + 1)));
  return `it names no handler and no command, and there is none of ${usual.map(({ file }) => file).join(', ')}`;
}

/** A relative path begins in the folder; a name without a slash is looked for on PATH. */
function inFolder(folder: string, program: string): string {
  return program.includes('/') && !isAbsolute(program) ? join(folder, program) : program;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(absent))?.isFile() === true;
}

async function isExecutable(path: string): Promise<boolean> {
  if (!(await isFile(path))) return false;
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function absent(error: unknown): null {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
  throw error;
}
