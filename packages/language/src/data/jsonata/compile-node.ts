import { compileApply, compileCall, compileLambda, compilePartial, compileTailCall } from './calls.ts';
import { compileAll } from './compiler.ts';
import type { Compiler } from './compiler.ts';
import { compileFilter } from './filter.ts';
import { compileGroup } from './group.ts';
import { descendants, lookup, pushAll, wildcard } from './lookup.ts';
import { compileBinary, compileNegation } from './operators.ts';
import { compilePath } from './path.ts';
import { Pattern, patternFunction } from './regex.ts';
import type { ArrayNode, ConditionNode, Node } from './syntax-tree.ts';
import { truth } from './truth.ts';
import { compileTransform } from './transform.ts';
import { Frame, normalise } from './value.ts';
import type { Evaluator, List } from './value.ts';
import { InvariantError } from '../../errors.ts';

/** A part with its predicates and its group, its outcome normalised. Throws PatternError. */
export function compileNode(node: Node, compiler: Compiler): Evaluator {
  if (node.kind === 'path') return compilePath(node, compiler);
  const evaluate = compileKind(node, compiler);
  if (node.predicates.length === 0 && node.group === null) {
    if (!givesSequence(node)) return evaluate;
    const { keepArray } = node;
    return (input, frame) => normalise(evaluate(input, frame), keepArray);
  }
  const filters = node.predicates.map((predicate) => compileFilter(predicate, compiler));
  const group = node.group === null ? null : compileGroup(node.group, compiler);
  const { keepArray } = node;
  return (input, frame) => {
    let result = evaluate(input, frame);
    for (const filter of filters) result = filter.ofValue(result, frame);
    if (group !== null) result = group(result, frame);
    return normalise(result, keepArray);
  };
}

function givesSequence(node: Node): boolean {
  switch (node.kind) {
    case 'literal':
    case 'array':
    case 'object':
    case 'negate':
    case 'lambda':
    case 'partial':
    case 'regex':
    case 'transform':
    case 'tail-call':
      return false;
    case 'binary':
      return node.operator === '..';
    default:
      return true;
  }
}

function compileKind(node: Node, compiler: Compiler): Evaluator {
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'variable':
      return compileVariable(node.name, compiler);
    case 'name': {
      const { name } = node;
      return (input, frame) => lookup(input, name, frame.run);
    }
    case 'wildcard':
      return (input, frame) => wildcard(input, frame.run);
    case 'descendant':
      return (input, frame) => descendants(input, frame.run);
    case 'parent': {
      const { label } = node;
      return (_input, frame) => frame.find(label)?.value;
    }
    case 'path':
    case 'sort':
      throw new InvariantError(`a JSONata ${node.kind} stands where none can`);
    default:
      return compileComposite(node, compiler);
  }
}

type Simple = 'literal' | 'variable' | 'name' | 'wildcard' | 'descendant' | 'parent' | 'path' | 'sort';

function compileComposite(node: Exclude<Node, { readonly kind: Simple }>, compiler: Compiler): Evaluator {
  switch (node.kind) {
    case 'binary':
      return compileBinary(node, compiler);
    case 'negate':
      return compileNegation(node.operand, compiler);
    case 'array':
      return compileArray(node, compiler);
    case 'object':
      return compileGroup(node, compiler);
    case 'condition':
      return compileCondition(node, compiler);
    case 'block':
      return compileBlock(compileAll(node.expressions, compiler));
    case 'bind': {
      const { name } = node;
      const evaluate = compiler.compile(node.value);
      return (input, frame) => {
        const value = evaluate(input, frame);
        frame.bind(name, value);
        return value;
      };
    }
    case 'regex': {
      const pattern = new Pattern(node.source, node.flags);
      return () => patternFunction(pattern);
    }
    case 'call':
      return compileCall(node, compiler);
    case 'tail-call':
      return compileTailCall(node.call, compiler);
    case 'partial':
      return compilePartial(node, compiler);
    case 'lambda':
      return compileLambda(node, compiler);
    case 'apply':
      return compileApply(node.left, node.right, compiler);
    case 'transform':
      return compileTransform(node, compiler);
  }
}

function compileVariable(name: string, compiler: Compiler): Evaluator {
  if (name === '') {
    return (input) => (Array.isArray(input) && input.wrapsInput === true ? input[0] : input);
  }
  const index = compiler.global(name);
  if (!compiler.isBound(name)) return (_input, frame) => frame.run.global(index);
  return (_input, frame) => {
    const binding = frame.find(name);
    return binding === null ? frame.run.global(index) : binding.value;
  };
}

/** `[a, b]`: arrays among the items are flattened, unless they are constructed right there. */
function compileArray(node: ArrayNode, compiler: Compiler): Evaluator {
  const items = node.items.map(({ node: item, nested }) => ({ evaluate: compiler.compile(item), nested }));
  const { constructed } = node;
  return (input, frame) => {
    const result: List = [];
    frame.run.items(items.length);
    for (const { evaluate, nested } of items) {
      const value = evaluate(input, frame);
      if (value === undefined) continue;
      if (!nested && Array.isArray(value)) pushAll(result, value, frame.run);
      else result.push(value);
    }
    if (constructed) result.constructed = true;
    return result;
  };
}

function compileCondition(node: ConditionNode, compiler: Compiler): Evaluator {
  const condition = compiler.compile(node.condition);
  const then = compiler.compile(node.then);
  const otherwise = node.otherwise === null ? null : compiler.compile(node.otherwise);
  return (input, frame) => {
    if (truth(condition(input, frame), frame.run)) return then(input, frame);
    return otherwise === null ? undefined : otherwise(input, frame);
  };
}

function compileBlock(expressions: readonly Evaluator[]): Evaluator {
  const last = expressions.at(-1);
  if (last === undefined) return () => undefined;
  const before = expressions.slice(0, -1);
  return (input, frame) => {
    const inner = new Frame(frame.run, frame, null, null);
    for (const evaluate of before) evaluate(input, inner);
    return last(input, inner);
  };
}
