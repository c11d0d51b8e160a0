import { apply, asArgument, Lambda, nameFunction, Native, TailCall, unwrapped } from './callables.ts';
import { compileAll } from './compiler.ts';
import type { Compiler } from './compiler.ts';
import { JsonataError } from './errors.ts';
import { Signature } from './signature.ts';
import type { CallNode, CallShape, LambdaNode, Node, PartialNode } from './syntax-tree.ts';
import { Callable, normalise } from './value.ts';
import type { Evaluator, Frame, Value } from './value.ts';

/** `given`, where there is one, is the first argument: `value ~> $f(…)`. */
type CallEvaluator = (input: Value, frame: Frame, given?: readonly Value[]) => Value;

export function compileCall(node: CallNode, compiler: Compiler): CallEvaluator {
  const procedure = compileProcedure(node, compiler, 'T1005');
  const compiled = compileAll(node.arguments, compiler);
  const { name } = node;
  return (input, frame, given) => {
    const callee = procedure(input, frame);
    const evaluated: Value[] = given === undefined ? [] : [...given];
    for (const argument of compiled) evaluated.push(asArgument(argument(input, frame)));
    try {
      return apply(callee, evaluated, input, frame.run);
    } catch (error) {
      throw nameFunction(error, name);
    }
  };
}

/** A call in tail position is handed back to the loop that runs the function it ends. */
export function compileTailCall(node: CallNode, compiler: Compiler): Evaluator {
  const procedure = compileProcedure(node, compiler, null);
  const compiled = compileAll(node.arguments, compiler);
  const { name } = node;
  return (input, frame) => {
    const callee = procedure(input, frame);
    const evaluated: Value[] = [];
    for (const argument of compiled) evaluated.push(asArgument(argument(input, frame)));
    return new TailCall(callee, evaluated, name);
  };
}

/** The function to call; an author who forgot the `$` of its name is told so. */
function compileProcedure(node: CallShape, compiler: Compiler, hint: string | null): Evaluator {
  const procedure = compiler.compile(node.procedure);
  const { bareName } = node;
  if (hint === null || bareName === null) return procedure;
  const global = compiler.global(bareName);
  return (input, frame) => {
    const callee = procedure(input, frame);
    if (callee !== undefined) return callee;
    const binding = frame.find(bareName);
    const meant = binding === null ? frame.run.global(global) : binding.value;
    if (meant !== undefined && meant !== null && meant !== false && meant !== 0 && meant !== '') {
      throw new JsonataError(hint, { token: bareName });
    }
    return callee;
  };
}

export function compileLambda(node: LambdaNode, compiler: Compiler): Evaluator {
  const signature = node.signature === null ? null : new Signature(node.signature);
  const code = {
    parameters: node.parameters,
    signature,
    body: compiler.compile(node.body),
    height: node.body.height + 1,
  };
  return (input, frame) => new Lambda(code, input, frame);
}

/** `$f(?, 2)`: a function of the arguments that are left open. */
export function compilePartial(node: PartialNode, compiler: Compiler): Evaluator {
  const procedure = compileProcedure(node, compiler, 'T1007');
  const compiled = node.arguments.map((argument) => (argument === null ? null : compiler.compile(argument)));
  const open = compiled.filter((argument) => argument === null).length;
  const { name } = node;
  return (input, frame) => {
    const fixed = compiled.map((argument) => (argument === null ? undefined : argument(input, frame)));
    const callee = procedure(input, frame);
    if (!(callee instanceof Callable)) throw new JsonataError('T1008', name === undefined ? {} : { token: name });
    const target = unwrapped(callee);
    return new Native(open, (given, run, context) => {
      let next = 0;
      const filled = compiled.map((argument, index) => (argument === null ? given[next++] : fixed[index]));
      if (target instanceof Lambda) return target.run(filled, run);
      while (filled.length > 0 && filled.at(-1) === undefined) filled.pop();
      return target.invoke(filled, context, run);
    });
  };
}

/** `left ~> right`: a call with `left` as its first argument, or the composition of two functions. */
export function compileApply(left: Node, right: Node, compiler: Compiler): Evaluator {
  const first = compiler.compile(left);
  if (right.kind === 'call') {
    const call = compileCall(right, compiler);
    return (input, frame) => call(input, frame, [first(input, frame)]);
  }
  const second = compiler.compile(right);
  return (input, frame) => {
    const value = first(input, frame);
    const callee = second(input, frame);
    if (!(callee instanceof Callable)) throw new JsonataError('T2006', { value: callee, token: '~>' });
    if (!(value instanceof Callable)) return apply(callee, [value], null, frame.run);
    return new Native(1, ([given], run) => {
      const between = normalise(apply(value, [asArgument(given)], null, run), false);
      return new TailCall(callee, [asArgument(between)], undefined);
    });
  };
}
