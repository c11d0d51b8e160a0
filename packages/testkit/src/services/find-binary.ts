import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** A program on PATH, where Debian keeps servers, or in the folders given; null: it is not installed. */
export async function findBinary(name: string, ...folders: readonly string[]): Promise<string | null> {
  const onPath = folders.length > 0 ? folders : [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  for (const folder of onPath) {
    const file = join(folder, name);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return null;
}
