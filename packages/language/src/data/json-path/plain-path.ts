import { StatesError } from '../../errors.ts';
import { isObject } from '../../json.ts';
import type { Json, JsonObject } from '../../json.ts';
import { MAX_NESTING } from '../limits.ts';
import type { PathStep, PathTree } from './syntax-tree.ts';
import type { Walk } from './walk.ts';

/** Reads what a path names: undefined where it is not there, or where only the whole path can tell what is wrong. */
export type PlainRead = (document: Json) => Json | undefined;

/** The list that a path gives, or undefined where its steps must tell. */
export type PlainGather = (document: Json, walk: Walk) => Json[];

/**
 * The usual path, single names and indices after one another, as one loop without a step's closures. What it looks at
 * is bounded by the path's own length, so nothing is counted. Null: the path does more.
 */
export function compilePlainRead(tree: PathTree): PlainRead | null {
  return tree.call === null ? compileKeys(tree.steps) : null;
}

/** `$.orders[*].total` and `$.orders..city`, each in one loop. Null: the path is another one. */
export function compilePlainGather(tree: PathTree): PlainGather | null {
  return compileWildcardGather(tree) ?? compileScanGather(tree);
}

/** A wildcard fused with the plain steps around it. */
function compileWildcardGather(tree: PathTree): PlainGather | null {
  const wildcard = tree.steps.findIndex((step) => step.kind === 'wildcard');
  if (wildcard < 0) return null;
  const before = compileKeys(tree.steps.slice(0, wildcard));
  const tail = tree.steps.slice(wildcard + 1);
  const after = compileKeys(tail);
  if (before === null || after === null) return null;
  return (document, walk) => {
    const node = before(document);
    // What is missing before a wildcard gives nothing, as does what stands in the way.
    if (node === undefined) return [];
    const items = Array.isArray(node) ? node : isObject(node) ? Object.values(node) : [];
    walk.visit(items.length * (1 + tail.length));
    walk.checkItems(items.length);
    const found: Json[] = [];
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      const value = item === undefined ? undefined : after(item);
      if (value !== undefined) found.push(value);
    }
    return found;
  };
}

/** A deep scan for one name at the end of the path. */
function compileScanGather({ steps }: PathTree): PlainGather | null {
  const last = steps.at(-1);
  const name = last === undefined ? undefined : plainKey(last);
  const before = compileKeys(steps.slice(0, -2));
  if (steps.at(-2)?.kind !== 'scan' || typeof name !== 'string' || before === null) return null;
  return (document, walk) => {
    const node = before(document);
    const found: Json[] = [];
    // One scan looks at every node once, so that it can be counted behind it.
    if (isComposite(node)) walk.visit(scanFor(name, node, found, 0));
    walk.checkItems(found.length);
    return found;
  };
}

/** Gathers the members of that name in a node and below it, parents first. Gives the number of nodes looked at. */
function scanFor(name: string, node: JsonObject, found: Json[], depth: number): number {
  if (depth > MAX_NESTING) throw new StatesError('States.Runtime', 'The input is nested too deeply for a deep scan.');
  let visits = 1;
  if (Array.isArray(node)) {
    const items: readonly Json[] = node;
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      visits += isComposite(item) ? scanFor(name, item, found, depth + 1) : 1;
    }
    return visits;
  }
  const value = node[name];
  if (value !== undefined) found.push(value);
  // Data has no prototype with members that are counted here, and a number kept by its text has only that text.
  for (const key in node) {
    const item = node[key];
    visits += isComposite(item) ? scanFor(name, item, found, depth + 1) : 1;
  }
  return visits;
}

function compileKeys(steps: readonly PathStep[]): PlainRead | null {
  const keys: (string | number)[] = [];
  for (const step of steps) {
    const key = plainKey(step);
    if (key === undefined) return null;
    keys.push(key);
  }
  const [only] = keys;
  if (only === undefined) return (document) => document;
  if (keys.length === 1 && typeof only === 'string') return (document) => memberOf(document, only);
  return (document) => {
    let node: Json | undefined = document;
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index];
      if (typeof key === 'string') node = memberOf(node, key);
      else node = Array.isArray(node) && key !== undefined ? node[key] : undefined;
      if (node === undefined) return undefined;
    }
    return node;
  };
}

function plainKey(step: PathStep): string | number | undefined {
  if (step.kind === 'names' && step.names.length === 1) {
    const [name] = step.names;
    return name !== undefined && isDataName(name) ? name : undefined;
  }
  if (step.kind !== 'indices' || step.indices.length !== 1) return undefined;
  const [index] = step.indices;
  return index !== undefined && index >= 0 ? index : undefined;
}

/**
 * Whether only an object of data can have such a member: arrays, all objects and numbers kept by their text have some
 * without being one.
 */
export function isDataName(name: string): boolean {
  return name !== 'rawJSON' && !(name in Array.prototype) && !/^\d/.test(name);
}

/** The member with a name for which {@link isDataName} holds. */
export function memberOf(node: Json, name: string): Json | undefined {
  return isComposite(node) ? node[name] : undefined;
}

function isComposite(node: Json | undefined): node is JsonObject {
  return typeof node === 'object' && node !== null;
}
