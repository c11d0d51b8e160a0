import { isRawNumber } from '../../json.ts';
import type { Compiler } from './compiler.ts';
import { compileFilter } from './filter.ts';
import { compileGroup } from './group.ts';
import { pushAll } from './lookup.ts';
import type { Run } from './run.ts';
import { compileSort } from './sort.ts';
import type { Node, PathNode } from './syntax-tree.ts';
import { compileTuplePath } from './tuple-path.ts';
import { newSequence, normalise, sequenceOf } from './value.ts';
import type { Dictionary, Evaluator, Frame, List, Value } from './value.ts';

/** One step of a path: from all its items to all items of the next step. */
type Step = (items: List, frame: Frame) => Value;

/**
 * `first.second.third`: each step is evaluated for every item that the one before gave, and what it gives is gathered
 * in one sequence. The usual path, member names of one object after another, needs no sequence at all.
 */
export function compilePath(node: PathNode, compiler: Compiler): Evaluator {
  const isTuplePath = node.steps.some((step) => step.tuple);
  const group = node.group === null ? null : compileGroup(node.group, compiler);
  const { keepArray, keepSingletonArray } = node;
  if (!isTuplePath && group === null && !keepSingletonArray && !keepArray && node.predicates.length === 0) {
    return compileUnmarkedPath(node, compiler);
  }
  const evaluate = isTuplePath ? compileTuplePath(node, compiler) : compileSteps(node, compiler).evaluate;
  const predicates = node.predicates.map((predicate) => compileFilter(predicate, compiler));
  return (input, frame) => {
    let result = evaluate(input, frame);
    if (keepSingletonArray && Array.isArray(result)) result = keptArray(result);
    if (group !== null) result = group(result, frame);
    for (const predicate of predicates) result = predicate.ofValue(result, frame);
    return normalise(result, keepArray);
  };
}

/** Marks a sequence to stay an array, whatever its length; an array made by a constructor becomes the item of one. */
function keptArray(list: List): List {
  const kept = list.constructed === true && list.sequence !== true ? sequenceOf(list) : list;
  if (kept.sequence === true) kept.keepSingleton = true;
  return kept;
}

function compileUnmarkedPath(node: PathNode, compiler: Compiler): Evaluator {
  const { steps, evaluate } = compileSteps(node, compiler);
  const members = memberSteps(node);
  const [first] = node.steps;
  if (members !== null && first !== undefined) return compileMemberPath(first, members, steps, compiler);
  return (input, frame) => normalise(evaluate(input, frame), false);
}

function compileSteps(node: PathNode, compiler: Compiler): { steps: readonly Step[]; evaluate: Evaluator } {
  const steps = node.steps.map((step, index) => compileStep(step, index, index === node.steps.length - 1, compiler));
  const isAbsolute = node.steps[0]?.kind === 'variable';
  const evaluate: Evaluator = (input, frame) =>
    runSteps(steps, 0, Array.isArray(input) && !isAbsolute ? input : sequenceOf(input), frame);
  return { steps, evaluate };
}

function runSteps(steps: readonly Step[], start: number, input: List, frame: Frame): Value {
  let items = input;
  let result: Value = items;
  for (let index = start; index < steps.length; index++) {
    const step = steps[index];
    if (step === undefined) break;
    result = step(items, frame);
    if (result === undefined || (Array.isArray(result) && result.length === 0)) break;
    items = Array.isArray(result) ? result : [];
  }
  return result;
}

/** A member and, where `[n]` follows it, the index of the item in it. */
interface MemberStep {
  readonly name: string;
  readonly index: number | null;
}

/** The members of a path that only goes down members, without its first step; null where it does more. */
function memberSteps(node: PathNode): readonly MemberStep[] | null {
  const [first, ...rest] = node.steps;
  if (first === undefined || !isPlainStep(first)) return null;
  if (first.kind !== 'variable' && first.kind !== 'name') return null;
  const members: MemberStep[] = [];
  for (const step of rest) {
    const member = memberStep(step);
    if (member === null) return null;
    members.push(member);
  }
  return members;
}

function memberStep(step: Node): MemberStep | null {
  if (step.kind !== 'name') return null;
  if (isPlainStep(step)) return { name: step.name, index: null };
  const [stage] = step.stages;
  if (step.stages.length !== 1 || stage?.kind !== 'filter' || !isPlainStep({ ...step, stages: [] })) return null;
  const { predicate } = stage;
  if (predicate.kind !== 'literal' || typeof predicate.value !== 'number' || predicate.predicates.length > 0)
    return null;
  return { name: step.name, index: Math.floor(predicate.value) };
}

function isPlainStep(step: Node): boolean {
  return step.stages.length === 0 && step.predicates.length === 0 && step.group === null && !step.keepArray;
}

/** As long as each member is an object there is one item, and its next member is the next item. */
function compileMemberPath(
  first: Node,
  rest: readonly MemberStep[],
  steps: readonly Step[],
  compiler: Compiler,
): Evaluator {
  const start = first.kind === 'variable' ? compiler.compile(first) : null;
  const members = first.kind === 'name' ? [{ name: first.name, index: null }, ...rest] : rest;
  const skipped = first.kind === 'name' ? 0 : 1;
  return (input, frame) => {
    if (start === null && Array.isArray(input)) return normalise(runSteps(steps, 0, input, frame), false);
    let value = start === null ? input : start(input, frame);
    for (let at = 0; at < members.length; at++) {
      const member = members[at];
      if (typeof value !== 'object' || value === null || member === undefined) return undefined;
      if (Array.isArray(value)) {
        const items = flattened(value, frame.run);
        return normalise(items.length === 0 ? items : runSteps(steps, at + skipped, items, frame), false);
      }
      if (!hasMember(value, member.name)) return undefined;
      const found: Value = value[member.name];
      if (member.index === null) value = found;
      else {
        const item = itemAt(found, member.index);
        // An array in an array is gathered as a step gathers.
        if (Array.isArray(item)) return normalise(runSteps(steps, at + skipped, sequenceOf(value), frame), false);
        value = item;
      }
    }
    // A sequence in a variable or a member is gathered anew, and so loses the mark that it stays an array.
    if (Array.isArray(value) && value.sequence === true) return normalise(flattened(value, frame.run), false);
    return value;
  };
}

/** What is no array is its own only item. */
function itemAt(value: Value, index: number): Value {
  if (Array.isArray(value)) return value[index < 0 ? value.length + index : index];
  return index === 0 || index === -1 ? value : undefined;
}

/** Functions and the like have no members of their own, and a number kept by its text has one: that text. */
function hasMember(value: object, name: string): value is Dictionary {
  return Object.hasOwn(value, name) && (name !== 'rawJSON' || !isRawNumber(value));
}

function flattened(value: List, run: Run): List {
  const items = newSequence();
  if (value.constructed === true) items.push(value);
  else pushAll(items, value, run);
  return items;
}

function compileStep(step: Node, index: number, isLast: boolean, compiler: Compiler): Step {
  const filters = step.stages.flatMap((stage) =>
    stage.kind === 'filter' ? [compileFilter(stage.predicate, compiler)] : [],
  );
  if (step.kind === 'sort') {
    const sorter = compileSort(step, compiler);
    return (items, frame) =>
      filters.reduce((sorted: Value, filter) => filter.ofValue(sorted, frame), sorter.ofValues(items, frame));
  }
  const evaluate = compiler.compile(step);
  // An array constructor at the start is evaluated once, not once for every item of an array in the context.
  if (index === 0 && step.constructed) return (items, frame) => evaluate(items, frame);
  return (items, frame) => {
    const { run } = frame;
    const results = newSequence();
    let count = 0;
    let first: Value;
    run.step(items.length);
    for (let at = 0; at < items.length; at++) {
      let value = evaluate(items[at], frame);
      for (const filter of filters) value = filter.ofValue(value, frame);
      if (value === undefined) continue;
      count += 1;
      if (count === 1) first = value;
      else {
        if (count === 2) gather(first, results, run);
        gather(value, results, run);
      }
    }
    if (count !== 1) return results;
    // The only array at the end of a path is the answer as it stands, even with one item.
    if (isLast && Array.isArray(first) && first.sequence !== true) return first;
    gather(first, results, run);
    return results;
  };
}

function gather(value: Value, results: List, run: Run): void {
  if (Array.isArray(value) && value.constructed !== true) pushAll(results, value, run);
  else results.push(value);
}
