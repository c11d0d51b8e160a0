import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { impureCalls } from './tidy/calls.ts';
import { directionOf, FOR_TESTS } from './tidy/directions.ts';
import { LONGEST_FILE_LINES, longFunctions } from './tidy/lengths.ts';
import { deadFiles } from './tidy/reachable.ts';
import { isTest, listFiles, loadSources, packageFolder, parseSource, ROOT, type Source } from './tidy/sources.ts';
import { BANNED_EVERYWHERE, bannedInSource, bannedWords } from './tidy/words.ts';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const files = listFiles();
const sources = loadSources(files);
const manifestPaths = files.filter((path) => path.endsWith('package.json') && packageFolder(path) !== null);
const manifests = new Map<string, Manifest>(
  manifestPaths.map((path) => [path.replace('/package.json', ''), JSON.parse(readFileSync(join(ROOT, path), 'utf8'))]),
);
const workspaceNames = new Set([...manifests.values()].map(({ name }) => name));

/** The package of an import: `@everstep/engine` of `@everstep/engine/testing`; null for relative and built-in ones. */
function packageOf(request: string): string | null {
  if (request.startsWith('.') || request.startsWith('node:')) return null;
  return request
    .split('/')
    .slice(0, request.startsWith('@') ? 2 : 1)
    .join('/');
}

function undeclared(source: Source): string[] {
  const manifest = manifests.get(packageFolder(source.path) ?? '');
  if (manifest === undefined) return [];
  const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }));
  // Test frameworks are the workspace's own development dependencies.
  const forTests = new Set([...Object.keys(manifest.devDependencies ?? {}), 'vitest', 'fast-check']);
  return source.imports.flatMap((request) => {
    const name = packageOf(request);
    if (name === null || name === manifest.name || declared.has(name)) return [];
    return isForDevelopment(source.path) && forTests.has(name) ? [] : [name];
  });
}

/**
 * Tests, the testkit (its suites are tests that other packages run), tools' configuration, and the console, whose build
 * holds all that its sources import: nobody who runs it needs them.
 */
function isForDevelopment(path: string): boolean {
  const isBundled = path.startsWith('services/console/');
  return isBundled || isTest(path) || path.startsWith('packages/testkit/') || path.endsWith('.config.ts');
}

describe('the house is tidy', () => {
  it('reads the sources of every package', () => {
    expect(sources.flatMap(({ path, parsed }) => parsed.errors.map((error) => `${path} ${error.message}`))).toEqual([]);
    expect(manifests.size).toBeGreaterThan(10);
  });

  it('packages depend one way: language ← protocol ← engine ← adapters ← services', () => {
    const wrong = [...manifests].flatMap(([folder, manifest]) => {
      const direction = directionOf(folder);
      if (direction === null) return [];
      const names = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
      const unwanted = names.filter((name) => workspaceNames.has(name) && !direction.mayImport.includes(name));
      return unwanted.map((name) => `${folder} depends on ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  it('sources import one way, and no file of another package by its path', () => {
    const wrong = sources.flatMap((source) => {
      const folder = packageFolder(source.path);
      const direction = folder === null ? null : directionOf(folder);
      if (folder === null || direction === null) return [];
      const own = manifests.get(folder)?.name;
      const allowed = new Set([own, ...direction.mayImport, ...(isTest(source.path) ? FOR_TESTS : [])]);
      return source.imports.filter((request) => {
        if (request.startsWith('.')) return !isInside(source, request, folder);
        const name = packageOf(request);
        return name !== null && workspaceNames.has(name) && !allowed.has(name) && !isTest(source.path);
      });
    });
    expect(wrong).toEqual([]);
  });

  it('every package that a source imports stands in its package.json', () => {
    expect(sources.flatMap((source) => undeclared(source).map((name) => `${source.path} imports ${name}`))).toEqual([]);
  });

  it('every package is compiled after the ones that its sources import', () => {
    const missing = [...manifests].flatMap(([folder, manifest]) => {
      if (!existsSync(join(ROOT, folder, 'tsconfig.json'))) return [];
      const config = JSON.parse(readFileSync(join(ROOT, folder, 'tsconfig.json'), 'utf8'));
      const references = (config.references ?? []).map(({ path }: { path: string }) => join(folder, path));
      const built = sources.filter(({ path }) => path.startsWith(`${folder}/src/`) && !isTest(path));
      const imported = new Set(built.flatMap((source) => source.imports.map(packageOf)));
      const folders = [...manifests].filter(([, { name }]) => name !== manifest.name && imported.has(name));
      return folders
        .filter(([path]) => !references.includes(path))
        .map(([path]) => `${folder} lacks a reference to ${path}`);
    });
    expect(missing).toEqual([]);
  });

  it('the language knows no clock, no chance, no Node and no async', () => {
    const language = sources.filter(({ path }) => path.startsWith('packages/language/src/') && !isTest(path));
    expect(language.length).toBeGreaterThan(0);
    expect(language.flatMap(impureCalls)).toEqual([]);
  });

  it('files have at most about 500 lines, functions about 70', () => {
    const written = sources.filter((source) => !source.generated);
    const longFiles = written.filter(({ lines }) => lines.length > LONGEST_FILE_LINES);
    expect(longFiles.map(({ path, lines }) => `${path} (${lines.length} lines)`)).toEqual([]);
    expect(written.flatMap(longFunctions)).toEqual([]);
  });

  it('no file is dead', () => {
    const texts = files.filter((path) => path.endsWith('package.json') || /(^|\/)vitest\.config\.ts$/.test(path));
    const named = texts.map((path) => readFileSync(join(ROOT, path), 'utf8')).join('\n');
    expect(deadFiles(sources, named)).toEqual([]);
  });

  it('nothing is half-done, switched off or silenced', () => {
    expect(sources.flatMap(bannedInSource)).toEqual([]);
  });

  it('nothing mentions one machine or a registry', () => {
    const texts = files.filter((path) => !/\.(png|webp|ico|woff2?|gz|zip)$/.test(path) && path !== 'pnpm-lock.yaml');
    const found = texts.flatMap((path) =>
      bannedWords(path, readFileSync(join(ROOT, path), 'utf8').split('\n'), BANNED_EVERYWHERE),
    );
    expect(found).toEqual([]);
  });
});

function isInside(source: Source, request: string, folder: string): boolean {
  const steps = source.path.slice(folder.length + 1).split('/').length - 1;
  const up = request.split('/').filter((part) => part === '..').length;
  return up <= steps;
}

describe('the checks themselves', () => {
  it('see what a source must not do', () => {
    const source = parseSource(
      'packages/language/src/bad.ts',
      "import 'node:fs';\nexport async function f() { await g(Date.now(), new Date(), Math.random()); }\n",
    );
    expect(impureCalls(source).map((one) => one.split(' ').slice(1).join(' '))).toEqual(
      expect.arrayContaining(['Date.now', 'new Date()', 'Math.random', 'async or await', 'imports node:fs']),
    );
    expect(impureCalls(parseSource('a.ts', 'export const at = (ms: number) => new Date(ms).getTime();'))).toEqual([]);
  });

  it('measure a test by itself, not with its group', () => {
    const test = (lines: number): string => `it('x', () => {\n${'f();\n'.repeat(lines)}});\n`;
    const group = (text: string): string => `describe('g', () => {\n${text}});\n`;
    expect(longFunctions(parseSource('a.test.ts', group(test(60) + test(60))))).toEqual([]);
    expect(longFunctions(parseSource('a.test.ts', group(test(100))))).toEqual(['a.test.ts:2 (102 lines)']);
    expect(longFunctions(parseSource('a.ts', `export function f() {\n${'f();\n'.repeat(80)}}`))).toHaveLength(1);
  });

  it('find swallowed errors, silenced tools and dead files', () => {
    expect(bannedInSource(parseSource('a.ts', 'try { f(); } catch (error) {\n}\n'))).toHaveLength(1);
    expect(bannedInSource(parseSource('a.ts', `// TO${'DO'} later\n`))).toHaveLength(1);
    const index = parseSource('packages/x/src/index.ts', "export * from './used.ts';");
    const used = parseSource('packages/x/src/used.ts', 'export {};');
    const dead = parseSource('packages/x/src/dead.ts', 'export {};');
    expect(deadFiles([index, used, dead], '')).toEqual(['packages/x/src/dead.ts']);
  });
});
