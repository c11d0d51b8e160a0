import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onlyMissing, stampFolder } from './folder-stamp.ts';
import { type FunctionDefinition, LATEST, readDefinition } from './function-definition.ts';
import { FunctionManifestError } from './function-manifest.ts';
import { FUNCTION_NAME } from './function-name.ts';

export interface FunctionsFolderOptions {
  /** `<name>/` is a function, `<name>@<number>/` one of its published versions. */
  readonly functionsDir: string;
  /** What manifests may name. */
  readonly variables: NodeJS.ProcessEnv;
  /** How long what was read is trusted, in milliseconds; 0 looks at the files for every invocation. */
  readonly trustMs: number;
  readonly now: () => number;
}

export interface FunctionEntry {
  readonly name: string;
  readonly version: string;
  /** The manifest's problem where it has one. */
  readonly definition: FunctionDefinition | FunctionManifestError;
}

interface Known {
  readonly at: number;
  readonly reading: Promise<FunctionDefinition | null>;
  isRead: boolean;
}

const VERSION = /^[1-9]\d{0,8}$/;
const MAX_KNOWN = 10_000;

/** The folder of functions: finds them as they are now, and notices when they change. */
export class FunctionsFolder {
  readonly #options: FunctionsFolderOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: FunctionsFolderOptions) {
    this.#options = options;
  }

  /**
   * The version that a qualifier means: none and `$LATEST` the folder itself, a number a published version, anything else
   * an alias. null: there is none. Throws {@link FunctionManifestError}.
   */
  async find(name: string, qualifier: string | undefined): Promise<FunctionDefinition | null> {
    if (!FUNCTION_NAME.test(name)) return null;
    if (qualifier === undefined || qualifier === LATEST) return this.#read(name, LATEST);
    if (VERSION.test(qualifier)) return this.#read(name, qualifier);
    const latest = await this.#read(name, LATEST);
    const aliased = latest === null ? undefined : new Map(Object.entries(latest.aliases)).get(qualifier);
    return aliased === undefined ? null : this.#read(name, aliased);
  }

  /** All of them, by name, `$LATEST` before the versions. A folder that is not there holds none. */
  async list(): Promise<FunctionEntry[]> {
    const entries = await readdir(this.#options.functionsDir, { withFileTypes: true }).catch(onlyMissing([]));
    const found: FunctionEntry[] = [];
    for (const entry of entries) {
      if (!entry.isDirectory() && !entry.isSymbolicLink()) continue;
      const [name = '', version = LATEST, ...more] = entry.name.split('@');
      if (!FUNCTION_NAME.test(name) || more.length > 0 || (version !== LATEST && !VERSION.test(version))) continue;
      const definition = await this.#read(name, version).catch((error: unknown) => {
        if (error instanceof FunctionManifestError) return error;
        throw error;
      });
      if (definition !== null) found.push({ name, version, definition });
    }
    return found.toSorted((left, right) => compare(left.name, right.name) || numberOf(left) - numberOf(right));
  }

  /** Invocations at the same time share one look. */
  #read(name: string, version: string): Promise<FunctionDefinition | null> {
    const { trustMs, now } = this.#options;
    const key = `${name}@${version}`;
    const known = this.#known.get(key);
    if (known !== undefined && (!known.isRead || now() - known.at < trustMs)) return known.reading;
    const entry: Known = { at: now(), reading: this.#load(name, version), isRead: false };
    this.#known.delete(key);
    this.#known.set(key, entry);
    entry.reading
      .then((definition) => {
        // Names of what is not there must not fill the memory, and what comes is found at once.
        if (definition === null) this.#forget(key, entry);
      })
      .catch(() => this.#forget(key, entry))
      .finally(() => (entry.isRead = true));
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN) break;
      this.#known.delete(oldest);
    }
    return entry.reading;
  }

  #forget(key: string, entry: Known): void {
    if (this.#known.get(key) === entry) this.#known.delete(key);
  }

  async #load(name: string, version: string): Promise<FunctionDefinition | null> {
    const { functionsDir, variables } = this.#options;
    const folder = join(functionsDir, version === LATEST ? name : `${name}@${version}`);
    const files = await stampFolder(folder);
    if (files.fileCount === 0) return null;
    return readDefinition({ name, version, folder, variables, files });
  }
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function numberOf({ version }: FunctionEntry): number {
  return version === LATEST ? 0 : Number(version);
}
