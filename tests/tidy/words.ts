import type { Source } from './sources.ts';

export interface BannedWord {
  readonly pattern: RegExp;
  readonly because: string;
}

// Written in pieces, so that this file does not hold the words it looks for.
const either = (...words: string[]): RegExp => new RegExp(words.join('|'));

/** What no source holds: half-done work, tests that are switched off, a silenced compiler, a swallowed error. */
export const BANNED_IN_SOURCES: readonly BannedWord[] = [
  { pattern: either('\\bTO' + 'DO\\b', '\\bFIX' + 'ME\\b', '\\bX' + 'XX\\b'), because: 'half-done work' },
  {
    pattern: either('\\b(?:it|test|describe|suite)\\.on' + 'ly\\b', '\\b(?:it|test|describe|suite)\\.sk' + 'ip\\('),
    because: 'a test that hides others or itself',
  },
  { pattern: either('@ts-ig' + 'nore', '@ts-exp' + 'ect-error', '@ts-noch' + 'eck'), because: 'a silenced compiler' },
  { pattern: either('(?:ox|es)lint-dis' + 'able', 'biome-ig' + 'nore'), because: 'a silenced linter' },
  { pattern: /catch\s*(?:\([^)]*\)\s*)?\{\s*\}/, because: 'a swallowed error' },
  { pattern: either('\\.catch\\(\\s*\\(\\w*\\)\\s*=>\\s*\\{\\s*\\}\\s*\\)'), because: 'a swallowed error' },
];

/** What no file of the repository mentions: folders of one machine, and hosts of package registries. */
export const BANNED_EVERYWHERE: readonly BannedWord[] = [
  {
    pattern: either('/wo' + 'rk/(?:main|shared)', '/ro' + 'ot/', '/ho' + 'me/[a-z]+/', '/Us' + 'ers/[A-Za-z]+/'),
    because: 'a machine path',
  },
  {
    pattern: either('registry\\.npm' + 'js', 'registry\\.yarn' + 'pkg', 'npm\\.pkg\\.git' + 'hub', 'artif' + 'actory'),
    because: 'a registry host',
  },
];

/** `path:line because` for every banned word of a text. */
export function bannedWords(path: string, lines: readonly string[], words: readonly BannedWord[]): string[] {
  return lines.flatMap((line, index) =>
    words.filter(({ pattern }) => pattern.test(line)).map(({ because }) => `${path}:${index + 1} ${because}`),
  );
}

/** Empty catch blocks may span lines, so the whole text is looked at for them as well. */
export function bannedInSource(source: Source): string[] {
  const found = bannedWords(source.path, source.lines, BANNED_IN_SOURCES);
  const swallowed = BANNED_IN_SOURCES.filter(({ pattern }) => pattern.source.includes('catch'));
  for (const { pattern, because } of swallowed) {
    if (pattern.test(source.text) && !found.some((one) => one.endsWith(because)))
      found.push(`${source.path} ${because}`);
  }
  return found;
}
