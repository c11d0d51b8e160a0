import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { memberOf } from '../unknown-member.ts';

/** An installed client of the AWS SDK: what it exports, and what its declarations say about the members of its shapes. */
export interface SdkClient {
  /** By name: schemas as `GetFunction$`, the words of an enumeration as `Runtime`. */
  readonly exported: Readonly<Record<string, unknown>>;
  /** Shape, member, type: `FunctionConfiguration`, `Runtime`, `Runtime`. */
  readonly memberTypes: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

const SCOPE = '@aws-sdk';
const PREFIX = 'client-';

/**
 * Loads the client of a service, by the name that `aws-sdk:` Resources use: `secretsmanager` is
 * `@aws-sdk/client-secrets-manager`. Null: it is not installed. `require`: how modules are found.
 */
export async function loadSdkClient(service: string, require: NodeJS.Require): Promise<SdkClient | null> {
  const name = await findPackage(service, require);
  const exported = name === null ? null : await importExports(name, require);
  if (name === null || exported === null) return null;
  return { exported, memberTypes: await readMemberTypes(require.resolve(name)) };
}

/** What the client of a service exports; null: it is not installed. */
export async function loadSdkExports(service: string, require: NodeJS.Require): Promise<SdkClient['exported'] | null> {
  const name = await findPackage(service, require);
  return name === null ? null : importExports(name, require);
}

async function importExports(name: string, require: NodeJS.Require): Promise<SdkClient['exported'] | null> {
  const module: unknown = await import(pathToFileURL(require.resolve(name)).href);
  // The clients are CommonJS: all that they export is the default export of the module that Node makes of them.
  return readExports(memberOf(module, 'default') ?? module);
}

export const requireFromHere: NodeJS.Require = createRequire(import.meta.url);

async function findPackage(service: string, require: NodeJS.Require): Promise<string | null> {
  const wanted = service.replaceAll('-', '');
  for (const folder of require.resolve.paths(`${SCOPE}/x`) ?? []) {
    const names = await namesIn(join(folder, SCOPE));
    const found = names.find(
      (name) => name.startsWith(PREFIX) && name.slice(PREFIX.length).replaceAll('-', '') === wanted,
    );
    if (found !== undefined) return `${SCOPE}/${found}`;
  }
  return null;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    // Most of the folders that could hold modules do not exist.
    return [];
  }
}

function readExports(module: unknown): Readonly<Record<string, unknown>> | null {
  return typeof module === 'object' && module !== null ? Object.fromEntries(Object.entries(module)) : null;
}

const INTERFACE = /^export (?:declare )?interface (\w+)/;
const MEMBER = /^ {4}(\w+)\??: (.+?)(?: \| undefined)?;$/;

/** The schemas do not say which words an enumeration has; the declarations beside them do. */
async function readMemberTypes(entry: string): Promise<Map<string, Map<string, string>>> {
  const types = new Map<string, Map<string, string>>();
  const folder = join(dirname(dirname(entry)), 'dist-types', 'models');
  for (const file of await namesIn(folder)) {
    if (!file.endsWith('.d.ts')) continue;
    let members: Map<string, string> | null = null;
    for (const line of (await readFile(join(folder, file), 'utf8')).split('\n')) {
      const opened = INTERFACE.exec(line)?.[1];
      if (opened !== undefined) {
        members = new Map();
        types.set(opened, members);
      }
      const [, member, type] = MEMBER.exec(line) ?? [];
      if (member !== undefined && type !== undefined) members?.set(member, type);
    }
  }
  return types;
}
