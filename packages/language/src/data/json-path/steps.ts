import { getOwn, isObject, isRawNumber, setOwn } from '../../json.ts';
import type { Json, JsonObject } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { javaClass, javaText } from '../java-text.ts';
import { MAX_NESTING } from '../limits.ts';
import { isDataName, memberOf } from './plain-path.ts';
import type { Condition, PathStep, PathTree } from './syntax-tree.ts';
import { PathNotFoundError } from './walk.ts';
import type { Emit, Step, Test, Walk } from './walk.ts';

/** Where a step stands: as long as all before it are definite, a miss is an error that names the way so far. */
interface Position {
  readonly upstreamDefinite: boolean;
  /** The way to here: `$['a'][0]`. */
  readonly location: string;
  readonly isLeaf: boolean;
}

const JSON_PROVIDER = 'com.jayway.jsonpath.spi.json.JacksonJsonProvider';

/** Compiles a path's steps, from the last to the first, into one function that emits every match. */
export function compileSteps(tree: PathTree, compileCondition: (condition: Condition) => Test): Step {
  const { steps } = tree;
  let next: Step = (node, _walk, emit) => emit(node);
  for (let index = steps.length - 1; index >= 0; index--) {
    const step = steps[index];
    if (step === undefined || step.kind === 'scan') continue;
    const before = steps.slice(0, index);
    const position = {
      upstreamDefinite: before.every(isDefinite),
      location: describeSteps(tree.root, before),
      isLeaf: index === steps.length - 1,
    };
    const scanned = before.at(-1)?.kind === 'scan';
    const test = step.kind === 'filter' ? compileCondition(step.condition) : null;
    if (scanned && test !== null) next = compileScan(compileScannedFilter(test, next));
    else if (scanned) next = compileScan(compileStep(step, next, position, test));
    else next = compileStep(step, next, position, test);
  }
  return next;
}

function isDefinite(step: PathStep): boolean {
  if (step.kind === 'names') return step.names.length === 1;
  return step.kind === 'indices' && step.indices.length === 1;
}

/** A path's steps in Jayway's normal form: `$['a'][0][*]`. */
export function describeSteps(root: string, steps: readonly PathStep[]): string {
  return root + steps.map(describeStep).join('');
}

function describeStep(step: PathStep): string {
  switch (step.kind) {
    case 'names':
      return `[${step.names.map((name) => `'${name}'`).join(',')}]`;
    case 'wildcard':
      return '[*]';
    case 'indices':
      return `[${step.indices.join(',')}]`;
    case 'slice':
      return `[${step.start ?? ''}:${step.end ?? ''}]`;
    case 'filter':
      return '[?]';
    case 'scan':
      return '..';
  }
}

function compileStep(step: PathStep, next: Step, position: Position, test: Test | null): Step {
  switch (step.kind) {
    case 'names':
      return compileNames(step.names, next, position);
    case 'wildcard':
      return compileWildcard(next);
    case 'indices':
      return compileIndices(step.indices, next, position, describeStep(step));
    case 'slice':
      return compileSlice(step.start ?? 0, step.end, next, position, describeStep(step));
    case 'filter':
      return test === null ? next : compileFilter(test, next, position);
    case 'scan':
      return next;
  }
}

function compileNames(names: readonly string[], next: Step, position: Position): Step {
  const [single] = names;
  if (single !== undefined && names.length === 1) return compileName(single, next, position);
  const { isLeaf } = position;
  const expectObject = objectExpectation(names, position);
  return (node, walk, emit) => {
    if (!isObject(node)) {
      expectObject(node);
      return;
    }
    walk.visit(names.length);
    if (isLeaf) {
      emit(pick(node, names));
      return;
    }
    for (const name of names) {
      const value = getOwn(node, name);
      if (value !== undefined) next(value, walk, emit);
    }
  };
}

/** The usual step: one name. A member that is there is found with one look, all else is sorted out behind it. */
function compileName(name: string, next: Step, position: Position): Step {
  const { upstreamDefinite, location, isLeaf } = position;
  const expectObject = objectExpectation([name], position);
  const missing = `Missing property in path ${location}${describeStep({ kind: 'names', names: [name] })}`;
  const isMissError = !isLeaf && upstreamDefinite;
  const read = memberReader(name);
  return (node, walk, emit) => {
    const value = read(node);
    if (value !== undefined) {
      walk.visit(1);
      next(value, walk, emit);
      return;
    }
    if (!isObject(node)) {
      expectObject(node);
      return;
    }
    walk.visit(1);
    if (isMissError) throw new PathNotFoundError(missing);
  };
}

/** An object's own member. */
function memberReader(name: string): (node: Json) => Json | undefined {
  if (isDataName(name)) return (node) => memberOf(node, name);
  return (node) => (isObject(node) ? getOwn(node, name) : undefined);
}

/** What stands in the way of names on a definite path is an error; elsewhere it is passed over. */
function objectExpectation(names: readonly string[], position: Position): (node: Json) => void {
  const { upstreamDefinite, location } = position;
  const fragment = describeStep({ kind: 'names', names });
  return (node) => {
    if (!upstreamDefinite) return;
    const found = `but found '${javaClass(node)}'. This is not a json object according to the JsonProvider`;
    throw new PathNotFoundError(
      `Expected to find an object with property ${fragment} in path ${location} ${found}: '${JSON_PROVIDER}'.`,
    );
  };
}

/** Several names at the end of a path give one object of those members that are there. */
function pick(node: JsonObject, names: readonly string[]): JsonObject {
  const picked: JsonObject = {};
  for (const name of names) {
    const value = getOwn(node, name);
    if (value !== undefined) setOwn(picked, name, value);
  }
  return picked;
}

function children(node: Json): readonly Json[] {
  if (Array.isArray(node)) return node;
  return isObject(node) ? Object.values(node) : [];
}

function compileWildcard(next: Step): Step {
  return (node, walk, emit) => {
    const items = children(node);
    walk.visit(items.length);
    for (const item of items) next(item, walk, emit);
  };
}

/** Whether an array step can go on; throws where a definite way leads to something else. */
function isArrayHere(node: Json, position: Position, fragment: string): node is Json[] {
  if (Array.isArray(node)) return true;
  if (!position.upstreamDefinite) return false;
  if (node === null) throw new PathNotFoundError(`The path ${position.location} is null`);
  throw new PathNotFoundError(
    `Filter: ${fragment} can only be applied to arrays. Current context is: ${javaText(node)}`,
  );
}

function compileIndices(indices: readonly number[], next: Step, position: Position, fragment: string): Step {
  return (node, walk, emit) => {
    if (!isArrayHere(node, position, fragment)) return;
    walk.visit(indices.length);
    for (const index of indices) {
      const item = node[index < 0 ? node.length + index : index];
      if (item !== undefined) next(item, walk, emit);
    }
  };
}

function compileSlice(start: number, end: number | null, next: Step, position: Position, fragment: string): Step {
  return (node, walk, emit) => {
    if (!isArrayHere(node, position, fragment)) return;
    // Negative bounds count from the end, each for itself; Jayway loses slices of mixed signs, which no one can want.
    const items = node.slice(start, end ?? node.length);
    walk.visit(items.length);
    for (const item of items) next(item, walk, emit);
  };
}

/** On an array the filter chooses items; an object is itself the item, as in Jayway. */
function compileFilter(test: Test, next: Step, position: Position): Step {
  return (node, walk, emit) => {
    if (!Array.isArray(node) && !isObject(node)) {
      if (!position.upstreamDefinite) return;
      throw new PathNotFoundError(
        `Filter: [?] can not be applied to primitives. Current context is: ${javaText(node)}`,
      );
    }
    const items = Array.isArray(node) ? node : [node];
    walk.visit(items.length);
    for (const item of items) if (test(item, walk)) next(item, walk, emit);
  };
}

/** After `..` every object is an item by itself, so an array has only its other items left to choose from. */
function compileScannedFilter(test: Test, next: Step): Step {
  return (node, walk, emit) => {
    const items = Array.isArray(node) ? node.filter((item) => !isObject(item) && !Array.isArray(item)) : [node];
    walk.visit(items.length);
    for (const item of items) if (test(item, walk)) next(item, walk, emit);
  };
}

/** Applies a step to a node and to all below it that have children, parents first. */
function compileScan(step: Step): Step {
  const scan = (node: Json[] | JsonObject, walk: Walk, emit: Emit, depth: number): void => {
    if (depth > MAX_NESTING) throw new StatesError('States.Runtime', 'The input is nested too deeply for a deep scan.');
    step(node, walk, emit);
    if (Array.isArray(node)) {
      walk.visit(node.length);
      for (const item of node) if (hasChildren(item)) scan(item, walk, emit, depth + 1);
      return;
    }
    let members = 0;
    // Data has no prototype with members that are counted here.
    for (const key in node) {
      members += 1;
      const item = node[key];
      if (item !== undefined && hasChildren(item)) scan(item, walk, emit, depth + 1);
    }
    walk.visit(members);
  };
  return (node, walk, emit) => {
    if (hasChildren(node)) scan(node, walk, emit, 0);
  };
}

function hasChildren(node: Json): node is Json[] | JsonObject {
  return typeof node === 'object' && node !== null && (Array.isArray(node) || !isRawNumber(node));
}
