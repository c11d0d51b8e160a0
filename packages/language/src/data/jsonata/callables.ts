import { JsonataError } from './errors.ts';
import type { Run } from './run.ts';
import type { Signature } from './signature.ts';
import { Binding, Callable, Frame } from './value.ts';
import type { Evaluator, Value } from './value.ts';

/**
 * Calls a function and, as long as the answer is a call in tail position, that one: a loop instead of a deeper stack.
 */
export function apply(callee: Value, given: readonly Value[], input: Value, run: Run): Value {
  let context = callee instanceof Argument ? null : input;
  let result = target(callee).invoke(given, context, run);
  while (result instanceof TailCall) {
    run.step(1);
    const next = result;
    if (next.callee instanceof Argument) context = null;
    try {
      result = target(next.callee).invoke(next.given, context, run);
    } catch (error) {
      throw nameFunction(error, next.name);
    }
  }
  return result;
}

function target(callee: Value): Callable {
  if (!(callee instanceof Callable)) throw new JsonataError('T1006');
  return callee instanceof Argument ? callee.callee : callee;
}

/** Calls a function from inside another one, such as `$map`: there is no context item. */
export function callBack(callee: Callable, given: readonly Value[], run: Run): Value {
  run.enter(CALLBACK_HEIGHT);
  const result = apply(callee, given, null, run);
  run.leave(CALLBACK_HEIGHT);
  return result;
}

/** How much of the stack a call from inside a built-in function takes beside the functions' bodies, as in a tree's height. */
const CALLBACK_HEIGHT = 8;

/** An error that does not yet tell which function it happened in gets the innermost one. */
export function nameFunction(error: unknown, name: string | undefined): unknown {
  if (error instanceof JsonataError && error.details.token === undefined && name !== undefined) {
    error.details.token = name;
  }
  return error;
}

/** What a function answers that ends with a call. Only {@link apply} ever sees it. */
export class TailCall extends Callable {
  readonly #callee: Value;
  readonly #given: readonly Value[];
  readonly #name: string | undefined;

  constructor(callee: Value, given: readonly Value[], name: string | undefined) {
    super();
    this.#callee = callee;
    this.#given = given;
    this.#name = name;
  }

  get callee(): Value {
    return this.#callee;
  }

  get given(): readonly Value[] {
    return this.#given;
  }

  get name(): string | undefined {
    return this.#name;
  }

  override get arity(): number {
    return 0;
  }

  override invoke(): Value {
    return this;
  }
}

/** What all closures of one lambda share. */
export interface LambdaCode {
  readonly parameters: readonly string[];
  readonly signature: Signature | null;
  readonly body: Evaluator;
  /** How much of the stack a call takes, in nested parts. */
  readonly height: number;
}

/** A function of the author with the variables and the context item of the place where it stands. */
export class Lambda extends Callable {
  readonly #code: LambdaCode;
  readonly #input: Value;
  readonly #frame: Frame;

  constructor(code: LambdaCode, input: Value, frame: Frame) {
    super();
    this.#code = code;
    this.#input = input;
    this.#frame = frame;
  }

  override get arity(): number {
    return this.#code.parameters.length;
  }

  override invoke(given: readonly Value[], input: Value, run: Run): Value {
    const { signature } = this.#code;
    return this.run(signature === null ? given : signature.validate(given, input), run);
  }

  /** Without looking at the signature. */
  run(given: readonly Value[], run: Run): Value {
    const { parameters, body, height } = this.#code;
    let bindings: Binding | null = null;
    for (let index = 0; index < parameters.length; index++) {
      bindings = new Binding(parameters[index] ?? '', given[index], bindings);
    }
    run.enter(height);
    const result = body(this.#input, new Frame(run, this.#frame, null, bindings));
    run.leave(height);
    return result;
  }
}

/** A built-in function's code. `input` is the context item. */
export type Implementation = (given: readonly Value[], run: Run, input: Value) => Value;

export interface BuiltInDefinition {
  readonly name: string;
  readonly signature: string;
  /** How many arguments a higher-order function passes to it. */
  readonly arity: number;
  readonly call: Implementation;
}

export class BuiltIn extends Callable {
  readonly #arity: number;
  readonly #signature: Signature;
  readonly #call: Implementation;

  constructor(definition: BuiltInDefinition, signature: Signature) {
    super();
    this.#arity = definition.arity;
    this.#signature = signature;
    this.#call = definition.call;
  }

  override get arity(): number {
    return this.#arity;
  }

  override invoke(given: readonly Value[], input: Value, run: Run): Value {
    run.step(1);
    return this.#call(this.#signature.validate(given, input), run, input);
  }
}

/** A function made by the evaluation itself: a matcher, a partial application, a chain, a transformer. */
export class Native extends Callable {
  readonly #arity: number;
  readonly #call: Implementation;

  constructor(arity: number, call: Implementation) {
    super();
    this.#arity = arity;
    this.#call = call;
  }

  override get arity(): number {
    return this.#arity;
  }

  override invoke(given: readonly Value[], input: Value, run: Run): Value {
    run.enter(NATIVE_HEIGHT);
    const result = this.#call(given, run, input);
    run.leave(NATIVE_HEIGHT);
    return result;
  }
}

/** How much of the stack a call of a native function takes, as in a tree's height. */
const NATIVE_HEIGHT = 4;

/** A function given as an argument: whoever calls it has no context item to give. */
export class Argument extends Callable {
  readonly #callee: Callable;

  constructor(callee: Callable) {
    super();
    this.#callee = callee;
  }

  get callee(): Callable {
    return this.#callee;
  }

  override get arity(): number {
    return this.#callee.arity;
  }

  override invoke(given: readonly Value[], _input: Value, run: Run): Value {
    return apply(this.#callee, given, null, run);
  }
}

export function asArgument(value: Value): Value {
  return value instanceof Callable && !(value instanceof Argument) ? new Argument(value) : value;
}

/** The function itself, where it came as an argument. */
export function unwrapped(callee: Callable): Callable {
  return callee instanceof Argument ? callee.callee : callee;
}
