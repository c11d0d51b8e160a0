import type { Compiler } from './compiler.ts';
import { compileFilter } from './filter.ts';
import type { Filter } from './filter.ts';
import { STEPS_OF_TUPLE } from './limits.ts';
import { compileSort } from './sort.ts';
import type { Node, PathNode } from './syntax-tree.ts';
import { Frame, newSequence, sequenceOf, Tuple, TupleStream } from './value.ts';
import type { Binding, Evaluator, List, Value } from './value.ts';

/** Items before the first step that binds something, tuples from there on. */
interface Flow {
  items: List;
  tuples: Tuple[] | null;
}

type FlowStep = (flow: Flow, frame: Frame) => void;

/**
 * A path with `step@$item`, `step#$index` or `%` in it: from the first such step on, every item carries the bindings
 * that its steps made, and each step is evaluated in a frame of them. The outcome is not normalised yet.
 */
export function compileTuplePath(node: PathNode, compiler: Compiler): Evaluator {
  const first = node.steps.findIndex((step) => step.tuple);
  const plainSteps = node.steps.slice(0, first).map((step, index) => compilePlainStep(step, index, compiler));
  const tupleSteps = node.steps.slice(first).map((step, index) => {
    const isStart = first + index === 0 && step.constructed;
    return isStart ? compileUnboundStart(step, compiler) : compileTupleStep(step, compiler);
  });
  const isAbsolute = node.steps[0]?.kind === 'variable';
  const keepsTuples = node.tuple || node.group !== null;
  return (input, frame) => {
    const flow: Flow = { items: Array.isArray(input) && !isAbsolute ? input : sequenceOf(input), tuples: null };
    for (const step of plainSteps) {
      step(flow, frame);
      if (flow.items.length === 0) return flow.items;
    }
    for (const step of tupleSteps) step(flow, frame);
    const tuples = flow.tuples ?? flow.items.map((item) => new Tuple(item, null));
    if (keepsTuples) return new TupleStream(tuples);
    const results = newSequence();
    for (const tuple of tuples) results.push(tuple.value);
    return results;
  };
}

function compilePlainStep(step: Node, index: number, compiler: Compiler): FlowStep {
  const filters = compileStageFilters(step, compiler);
  if (step.kind === 'sort') {
    const sorter = compileSort(step, compiler);
    return (flow, frame) => {
      flow.items = listOf(applyFilters(filters, sorter.ofValues(flow.items, frame), frame));
    };
  }
  const evaluate = compiler.compile(step);
  if (index === 0 && step.constructed) {
    return (flow, frame) => {
      flow.items = listOf(evaluate(flow.items, frame));
    };
  }
  return (flow, frame) => {
    const results = newSequence();
    frame.run.step(flow.items.length);
    for (const item of flow.items) {
      const value = applyFilters(filters, evaluate(item, frame), frame);
      if (value === undefined) continue;
      if (Array.isArray(value) && value.constructed !== true) {
        frame.run.items(value.length);
        for (const one of value) results.push(one);
      } else results.push(value);
    }
    flow.items = results;
  };
}

/** The language binds nothing for an array constructor at the start, and goes on with the context where it should. */
function compileUnboundStart(step: Node, compiler: Compiler): FlowStep {
  const evaluate = compiler.compile(step);
  return (flow, frame) => {
    const result = evaluate(flow.items, frame);
    if (step.focus === null) flow.items = listOf(result);
  };
}

function compileStageFilters(step: Node, compiler: Compiler): readonly Filter[] {
  return step.stages.flatMap((stage) => (stage.kind === 'filter' ? [compileFilter(stage.predicate, compiler)] : []));
}

function applyFilters(filters: readonly Filter[], value: Value, frame: Frame): Value {
  return filters.reduce((filtered: Value, filter) => filter.ofValue(filtered, frame), value);
}

function listOf(value: Value): List {
  return Array.isArray(value) ? value : [];
}

function compileTupleStep(step: Node, compiler: Compiler): FlowStep {
  const stages = compileStages(step, compiler);
  if (step.kind === 'sort') {
    const sorter = compileSort(step, compiler);
    return (flow, frame) => {
      let tuples: Tuple[];
      if (flow.tuples !== null) tuples = sorter.ofTuples(flow.tuples, frame);
      else {
        tuples = sorter.ofValues(flow.items, frame).map((item) => new Tuple(item, null));
        if (step.index !== null) numberTuples(tuples, step.index);
      }
      flow.tuples = stages(tuples, frame);
    };
  }
  const evaluate = compiler.compile(step);
  return (flow, frame) => {
    const { run } = frame;
    const sources = flow.tuples ?? flow.items.map((item) => new Tuple(item, null));
    const results: Tuple[] = [];
    run.step(sources.length);
    for (const source of sources) {
      const value = evaluate(source.value, new Frame(run, frame, source.bindings, null));
      if (value instanceof TupleStream) {
        run.step(value.tuples.length * STEPS_OF_TUPLE);
        for (const inner of value.tuples) results.push(new Tuple(inner.value, joined(inner.bindings, source.bindings)));
      } else if (value !== undefined) {
        const items = Array.isArray(value) ? value : [value];
        run.step(items.length * STEPS_OF_TUPLE);
        items.forEach((item, index) => results.push(newTuple(step, source, item, index)));
      }
    }
    flow.tuples = stages(results, frame);
  };
}

function newTuple(step: Node, source: Tuple, item: Value, index: number): Tuple {
  const tuple = new Tuple(step.focus === null ? item : source.value, source.bindings);
  if (step.focus !== null) tuple.bind(step.focus, item);
  if (step.index !== null) tuple.bind(step.index, index);
  if (step.ancestor !== null) tuple.bind(step.ancestor, source.value);
  return tuple;
}

/** The bindings of an inner path before those of the step it stands in. */
function joined(inner: Binding | null, outer: Binding | null): Binding | null {
  const names: Binding[] = [];
  for (let binding = inner; binding !== null && binding !== outer; binding = binding.next) names.push(binding);
  const tuple = new Tuple(undefined, outer);
  for (const binding of names.reverse()) tuple.bind(binding.name, binding.value);
  return tuple.bindings;
}

function compileStages(step: Node, compiler: Compiler): (tuples: Tuple[], frame: Frame) => Tuple[] {
  const stages = step.stages.map((stage): ((tuples: Tuple[], frame: Frame) => Tuple[]) => {
    if (stage.kind === 'index') return (tuples) => numberTuples(tuples, stage.name);
    const filter = compileFilter(stage.predicate, compiler);
    return (tuples, frame) => filter.ofTuples(tuples, frame);
  });
  return (tuples, frame) => stages.reduce((current, stage) => stage(current, frame), tuples);
}

function numberTuples(tuples: Tuple[], name: string): Tuple[] {
  tuples.forEach((tuple, index) => tuple.bind(name, index));
  return tuples;
}
