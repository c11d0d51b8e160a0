import type { Source } from './sources.ts';
import { isNode, type SyntaxNode, walk } from './walk.ts';

/** "About 500" and "about 70" of the house rules, with the tolerance that "about" means: a tenth. No exemptions. */
export const LONGEST_FILE_LINES = 550;
export const LONGEST_FUNCTION_LINES = 77;

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const TESTS = /^(describe|suite|test|it)\b/;

/**
 * Functions longer than allowed, as `path:line (lines)`. A test's lines do not count for the group around it: each test
 * is measured by itself.
 */
export function longFunctions(source: Source): string[] {
  const functions: SyntaxNode[] = [];
  const tests: SyntaxNode[] = [];
  for (const node of walk(source.parsed.program)) {
    if (FUNCTIONS.has(node.type)) functions.push(node);
    if (node.type === 'CallExpression') tests.push(...testCallbacks(node, source));
  }
  return functions.flatMap((node) => {
    const inner = tests.filter((test) => test !== node && test.start >= node.start && test.end <= node.end);
    const outermost = inner.filter((test) => !inner.some((other) => other !== test && contains(other, test)));
    const lines = outermost.reduce((left, test) => left - lineCount(source, test), lineCount(source, node));
    return lines > LONGEST_FUNCTION_LINES ? [`${source.path}:${lineOf(source, node.start)} (${lines} lines)`] : [];
  });
}

/** The functions given to `describe('…', () => …)`, `it.each(…)('…', …)` and their like. */
function testCallbacks(call: SyntaxNode, source: Source): SyntaxNode[] {
  const { callee, arguments: given } = call;
  if (!isNode(callee) || !Array.isArray(given)) return [];
  if (!TESTS.test(source.text.slice(callee.start, callee.end))) return [];
  return given.filter(isNode).filter((argument) => FUNCTIONS.has(argument.type));
}

function contains(outer: SyntaxNode, inner: SyntaxNode): boolean {
  return outer.start <= inner.start && outer.end >= inner.end;
}

function lineCount(source: Source, node: SyntaxNode): number {
  return lineOf(source, node.end) - lineOf(source, node.start) + 1;
}

/** The line, from 1, of an offset in a source. */
export function lineOf(source: Source, offset: number): number {
  let line = 1;
  let index = source.text.indexOf('\n');
  while (index !== -1 && index < offset) {
    line += 1;
    index = source.text.indexOf('\n', index + 1);
  }
  return line;
}
