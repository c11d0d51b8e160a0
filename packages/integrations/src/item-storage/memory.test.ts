import { execFile } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'everstep-large-'));
const READER = fileURLToPath(new URL('./testing/read-large.ts', import.meta.url));
const BLOCK_ITEMS = 10_000;
/** A block has about 2 MB. */
const SMALL_BLOCKS = 20;
const LARGE_BLOCKS = 80;
/** What garbage collection leaves lying about; the large datasets have twice as much more than the small ones. */
const MOST_MORE_MEGABYTES = 80;

beforeAll(() => mkdirSync(join(root, 'data')));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** The same block again and again. */
function generate(
  key: string,
  blocks: number,
  parts: { head: string; block: string; tail: string; gzip?: boolean },
): void {
  const file = openSync(join(root, 'data', key), 'w');
  const encode = (text: string): Buffer => (parts.gzip === true ? gzipSync(text) : Buffer.from(text));
  const block = encode(parts.block);
  writeSync(file, encode(parts.head));
  for (let index = 0; index < blocks; index++) writeSync(file, block);
  writeSync(file, encode(parts.tail));
  closeSync(file);
}

async function measure(key: string, config: object): Promise<{ items: number; megabytes: number }> {
  const command = ['--conditions=everstep-source', READER, root, key, JSON.stringify(config)];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  return JSON.parse(stdout) as { items: number; megabytes: number };
}

const item = (index: number): string =>
  JSON.stringify({ id: index, text: 'some text'.repeat(18), list: [1, 2, { a: 'b' }] });
const rows = (make: (index: number) => string): string =>
  Array.from({ length: BLOCK_ITEMS }, (_, index) => make(index)).join('');

describe('the memory that a dataset takes', () => {
  it.each([
    {
      name: 'JSON deep inside of a document',
      config: { InputType: 'JSON', ItemsPointer: '/a/b' },
      head: `{"x":[${rows((index) => `${item(index)},`)}0],"a":{"b":[0`,
      block: rows((index) => `,${item(index)}`),
      tail: ']}}',
      more: 1,
    },
    {
      name: 'compressed CSV',
      config: { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' },
      head: 'id,text\n',
      block: rows((index) => `${index},"${'text with ""quotes"" '.repeat(9)}"\n`),
      tail: '',
      more: 0,
      gzip: true,
    },
  ])(
    'does not grow with it: $name',
    async ({ name, config, more, ...parts }) => {
      const key = name.replaceAll(' ', '-');
      generate(`${key}-small`, SMALL_BLOCKS, parts);
      generate(`${key}-large`, LARGE_BLOCKS, parts);
      const small = await measure(`${key}-small`, config);
      const large = await measure(`${key}-large`, config);
      expect(small.items).toBe(SMALL_BLOCKS * BLOCK_ITEMS + more);
      expect(large.items).toBe(LARGE_BLOCKS * BLOCK_ITEMS + more);
      expect(large.megabytes - small.megabytes).toBeLessThan(MOST_MORE_MEGABYTES);
    },
    300_000,
  );
});
