import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { ROOT } from '../everstep-process.ts';

const SITE = join(ROOT, 'services/console/dist/site');
const KIB = 1_024;

function zipped(name: string): number {
  return gzipSync(readFileSync(join(SITE, name))).length;
}

it('the console stays small: what its first page needs, and all of it', () => {
  const page = readFileSync(join(SITE, 'index.html'), 'utf8');
  const first = [...page.matchAll(/(?:src|href)="\/console\/(assets\/[^"]+)"/g)].map(([, name]) => name ?? '');
  expect(first.length).toBeGreaterThan(1);
  const all = readdirSync(join(SITE, 'assets')).map((name) => `assets/${name}`);
  const sum = (names: readonly string[]): number =>
    Math.round(names.reduce((bytes, name) => bytes + zipped(name), 0) / KIB);
  // In KiB, compressed. Whoever raises one of these says why.
  expect(sum(first)).toBeLessThan(150);
  expect(sum(all)).toBeLessThan(900);
  expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|style=/);
});
