import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Migration {
  readonly tag: string;
  readonly statements: readonly string[];
  /** SHA-256 of the file, in hex: an applied migration must not be edited afterwards. */
  readonly hash: string;
}

const BREAKPOINT = '--> statement-breakpoint';

/** The folder `migrations` lies above this file, be it a source, a build, or part of an installed package. */
export function findMigrationsFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'migrations');
    if (existsSync(join(candidate, 'meta', '_journal.json'))) return candidate;
    if (dirname(folder) === folder) throw new Error('the folder with the migrations was not found');
  }
}

/** All migrations, in the order in which they are applied. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const journal: unknown = JSON.parse(await readFile(join(folder, 'meta', '_journal.json'), 'utf8'));
  return Promise.all(
    tagsOf(journal).map(async (tag) => {
      const text = await readFile(join(folder, `${tag}.sql`), 'utf8');
      const hash = createHash('sha256').update(text).digest('hex');
      return { tag, hash, statements: text.split(BREAKPOINT) };
    }),
  );
}

/** The order of drizzle-kit's journal. */
function tagsOf(journal: unknown): string[] {
  if (typeof journal !== 'object' || journal === null || !('entries' in journal) || !Array.isArray(journal.entries)) {
    throw new Error('the journal of the migrations has no entries');
  }
  return journal.entries.map((entry: unknown) => {
    if (typeof entry === 'object' && entry !== null && 'tag' in entry && typeof entry.tag === 'string')
      return entry.tag;
    throw new Error('an entry in the journal of the migrations has no tag');
  });
}
