import { isTest, packageFolder, resolveImport, type Source } from './sources.ts';

/**
 * Files that something runs or imports by itself: a package's index, a service's main, tests, scripts and configuration.
 * Further ones are named in a manifest (`bin`, `exports`, `scripts`) or in another file by their file name, such as a
 * program that is started as a process.
 */
function isEntry(source: Source): boolean {
  return (
    // What only tests use lives in src/testing and is reached from a test, which may stand there as well.
    (isTest(source.path) && !source.path.includes('/src/testing/')) ||
    /\.test\.tsx?$/.test(source.path) ||
    /^(packages|services)\/[^/]+\/src\/(index|main)\.tsx?$/.test(source.path) ||
    packageFolder(source.path) === null ||
    /^(examples|bench|e2e)\//.test(source.path) ||
    /\.config\.(ts|mjs)$/.test(source.path)
  );
}

/** Sources that no entry reaches by imports or by name. */
export function deadFiles(sources: readonly Source[], manifests: string): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const pending = sources.filter((source) => isEntry(source) || isNamed(source, manifests));
  for (let source = pending.pop(); source !== undefined; source = pending.pop()) {
    if (reached.has(source.path)) continue;
    reached.add(source.path);
    for (const next of mentioned(source, byPath)) if (!reached.has(next.path)) pending.push(next);
  }
  return sources.map(({ path }) => path).filter((path) => !reached.has(path));
}

function isNamed(source: Source, manifests: string): boolean {
  const inside = source.path.replace(/^(packages|services)\/[^/]+\//, '');
  return manifests.includes(inside) || manifests.includes(inside.replace(/^src\//, 'dist/').replace(/\.tsx?$/, '.js'));
}

/** Files that a source imports, and files of its own package whose name stands in it as a string. */
function mentioned(source: Source, byPath: ReadonlyMap<string, Source>): Source[] {
  const found: Source[] = [];
  for (const request of source.imports) {
    if (!request.startsWith('.')) continue;
    const target = byPath.get(resolveImport(source, request));
    if (target !== undefined) found.push(target);
  }
  for (const [, name] of source.text.matchAll(/['"`/]([\w.-]+)\.(?:ts|js|mjs)['"`]/g)) {
    for (const extension of ['ts', 'tsx', 'mjs']) {
      for (const [path, target] of byPath) {
        if (path.endsWith(`/${name}.${extension}`) && packageFolder(path) === packageFolder(source.path))
          found.push(target);
      }
    }
  }
  return found;
}
