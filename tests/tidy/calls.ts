import { lineOf } from './lengths.ts';
import type { Source } from './sources.ts';
import { isNode, type SyntaxNode, walk } from './walk.ts';

/** Calls that make the language depend on the moment or on chance: `Date.now()`, `new Date()`, `Math.random()`, async. */
export function impureCalls(source: Source): string[] {
  const found: string[] = [];
  const report = (node: SyntaxNode, what: string): void => {
    found.push(`${source.path}:${lineOf(source, node.start)} ${what}`);
  };
  for (const node of walk(source.parsed.program)) {
    if (node.type === 'NewExpression' && named(node.callee, 'Date') && isEmpty(node.arguments))
      report(node, 'new Date()');
    if (node.type === 'CallExpression' && named(node.callee, 'Date')) report(node, 'Date()');
    if (isMember(node, 'Date', 'now')) report(node, 'Date.now');
    if (isMember(node, 'Math', 'random')) report(node, 'Math.random');
    if (node.type === 'AwaitExpression' || node.async === true) report(node, 'async or await');
  }
  for (const request of source.imports) {
    if (request.startsWith('node:')) found.push(`${source.path} imports ${request}`);
  }
  return found;
}

function named(value: unknown, name: string): boolean {
  return isNode(value) && value.type === 'Identifier' && value.name === name;
}

function isMember(node: SyntaxNode, object: string, property: string): boolean {
  return node.type === 'MemberExpression' && named(node.object, object) && named(node.property, property);
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
