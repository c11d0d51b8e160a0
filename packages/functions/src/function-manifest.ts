/** `function.json`: what a function's folder says about it. Everything may be absent. */
export interface FunctionManifest {
  /** `nodejs`, `nodejs24.x`, `python`, `python3.12` */
  readonly runtime: string | null;
  /** `file.function`, relative to the folder. */
  readonly handler: string | null;
  /** A program that speaks the Runtime API itself, with its arguments: no shell in between. */
  readonly command: readonly string[] | null;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly concurrency: number;
  readonly waiting: number;
  /** Version by alias. */
  readonly aliases: Readonly<Record<string, string>>;
}

export class FunctionManifestError extends Error {
  constructor(where: string, problem: string) {
    super(`${where}: ${problem}`);
    this.name = 'FunctionManifestError';
  }
}

const NUMBERS = {
  memoryMb: { fallback: 128, least: 16, most: 10_240 },
  timeoutSeconds: { fallback: 30, least: 1, most: 900 },
  concurrency: { fallback: 10, least: 1, most: 1_000 },
  waiting: { fallback: 1_000, least: 0, most: 100_000 },
} as const;

const MEMBERS: ReadonlySet<string> = new Set([
  ...Object.keys(NUMBERS),
  ...['runtime', 'handler', 'command', 'description', 'environment', 'aliases'],
]);

/** Names that the host sets itself. */
const RESERVED = /^(AWS_LAMBDA_|_HANDLER$|LAMBDA_TASK_ROOT$|LAMBDA_RUNTIME_DIR$)/;
const RUNTIME = /^(nodejs(\d+\.x)?|python(3(\.\d+)?)?)$/;
/** Inside the folder: no way up, no root. */
const HANDLER = /^(?!\/)(?!(.*\/)?\.\.(\/|$))[\w./-]+\.[\w$]+$/;
const ALIAS = /^(?!\d+$)[A-Za-z0-9_-]{1,128}$/;
const VERSION = /^(\$LATEST|[1-9]\d{0,8})$/;

/** Throws {@link FunctionManifestError} for what is no manifest; `where` names the file in it. */
export function parseManifest(where: string, text: string | null, variables: NodeJS.ProcessEnv): FunctionManifest {
  const fields = new Map<string, unknown>(Object.entries(text === null ? {} : parseObject(where, text)));
  const wrong = (problem: string): FunctionManifestError => new FunctionManifestError(where, problem);
  for (const name of fields.keys()) {
    if (!MEMBERS.has(name)) throw wrong(`there is no member '${name}'; there are ${[...MEMBERS].join(', ')}`);
  }
  const optional = (name: string, shape: RegExp, expected: string): string | null => {
    const value = fields.get(name) ?? null;
    if (value === null || (typeof value === 'string' && shape.test(value))) return value;
    throw wrong(`${name} must be ${expected}`);
  };
  const number = (name: keyof typeof NUMBERS): number => {
    const { fallback, least, most } = NUMBERS[name];
    const value = fields.get(name) ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw wrong(`${name} must be an integer from ${least} to ${most}`);
  };
  const runtime = optional('runtime', RUNTIME, 'nodejs or python, with or without a version');
  const command = readCommand(where, fields.get('command'));
  if (command !== null && runtime !== null) throw wrong('command and runtime exclude each other');
  return {
    runtime,
    command,
    handler: optional(
      'handler',
      HANDLER,
      'the path of a file in the folder and the name of its function: file.function',
    ),
    description: optional('description', /^[\s\S]{0,256}$/, 'a text of at most 256 characters') ?? '',
    memoryMb: number('memoryMb'),
    timeoutSeconds: number('timeoutSeconds'),
    concurrency: number('concurrency'),
    waiting: number('waiting'),
    environment: readEnvironment(where, fields.get('environment') ?? {}, variables),
    aliases: readAliases(where, fields.get('aliases') ?? {}),
  };
}

function parseObject(where: string, text: string): object {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw new FunctionManifestError(where, `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest)) return manifest;
  throw new FunctionManifestError(where, 'not a JSON object');
}

function readCommand(where: string, value: unknown): string[] | null {
  if (value === undefined) return null;
  const words: readonly unknown[] = Array.isArray(value) ? value : [];
  const texts = words.filter((word) => typeof word === 'string' && word !== '' && !word.includes('\0'));
  if (texts.length === 0 || texts.length < words.length) {
    throw new FunctionManifestError(where, 'command must be a list of texts: a program and its arguments');
  }
  return texts.map(String);
}

/** Values may name the server's variables: `${NAME}` or `${NAME:-default}`. Nothing else of them reaches a function. */
function readEnvironment(where: string, declared: unknown, variables: NodeJS.ProcessEnv): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of entriesOf(where, 'environment', declared)) {
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      throw new FunctionManifestError(where, `environment: '${name}' is not the name of a variable`);
    }
    if (RESERVED.test(name)) throw new FunctionManifestError(where, `environment.${name} is set by the host`);
    if (value.includes('\0')) throw new FunctionManifestError(where, `environment.${name} must not hold NUL`);
    result[name] = value.replaceAll(/\$\{(\w+)(?::-([^}]*))?\}/g, (_match, variable: string, fallback?: string) => {
      return variables[variable] ?? fallback ?? '';
    });
  }
  return result;
}

function readAliases(where: string, declared: unknown): Record<string, string> {
  const aliases = Object.fromEntries(entriesOf(where, 'aliases', declared));
  for (const [name, version] of Object.entries(aliases)) {
    if (!ALIAS.test(name)) throw new FunctionManifestError(where, `aliases: '${name}' is not the name of an alias`);
    if (!VERSION.test(version)) throw new FunctionManifestError(where, `aliases.${name} must be a version's number`);
  }
  return aliases;
}

function entriesOf(where: string, member: string, value: unknown): Array<[name: string, text: string]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FunctionManifestError(where, `${member} must be an object of strings`);
  }
  return Object.entries(value).map(([name, text]) => {
    if (typeof text === 'string') return [name, text];
    throw new FunctionManifestError(where, `${member}.${name} must be a string`);
  });
}
