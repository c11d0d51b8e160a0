import type { StateMachine } from '@everstep/language';
import type { EngineContext } from '../context.ts';
import type { CallSlots } from '../express/call-slots.ts';
import { type ExpressEnd, ExpressExecution } from '../express/express-execution.ts';
import { expressFacts } from '../express/express-facts.ts';
import type { CompiledRevision } from '../machine-cache.ts';
import { type CallConditions, performCall } from '../perform-call.ts';
import type { ChildOutcome } from './child-outcome.ts';
import type { NextChild } from './child-source.ts';
import { type ChildOrigin, expressChild } from './map-children.ts';

export interface ExpressChildrenOptions {
  readonly origin: ChildOrigin;
  /** The revision, with the Map's processor as its machine. */
  readonly compiled: CompiledRevision & { readonly machine: StateMachine };
  readonly conditions: CallConditions;
  readonly slots: CallSlots;
  /** Whether the input of a child that succeeds will be wanted. */
  readonly keepsInput: boolean;
  readonly onEnd: (child: OpenChild, outcome: ChildOutcome) => void;
}

export interface OpenChild extends NextChild {
  /** It had ended without success, and runs again. */
  readonly again: boolean;
}

interface Running {
  readonly child: OpenChild;
  readonly execution: ExpressExecution;
  readonly startDate: number;
}

/**
 * The Express children of a Map Run that run in this process's memory. Nothing of them is stored before their end, so
 * whoever goes on after a crash runs those again that have no outcome, under the same ids.
 */
export class ExpressChildren {
  readonly #context: EngineContext;
  readonly #options: ExpressChildrenOptions;
  /** In the order of their numbers. */
  readonly #first = new Map<number, Running>();
  readonly #again = new Map<number, Running>();

  constructor(context: EngineContext, options: ExpressChildrenOptions) {
    this.#context = context;
    this.#options = options;
  }

  get size(): number {
    return this.#first.size + this.#again.size;
  }

  /** The first of those that run for the first time, and of those that run again. */
  oldest(again: boolean): OpenChild | null {
    for (const { child } of (again ? this.#again : this.#first).values()) return child;
    return null;
  }

  /** How many run again, and of how many items. */
  openAgain(): { executions: number; items: number } {
    let items = 0;
    for (const { child } of this.#again.values()) items += child.items;
    return { executions: this.#again.size, items };
  }

  begin(child: OpenChild): void {
    const context = this.#context;
    const { origin, compiled, conditions, slots } = this.#options;
    const startDate = context.clock.now();
    const started = { ...expressChild(origin, child.index), startDate, input: child.input, qualifier: null };
    const execution = new ExpressExecution(context, {
      facts: expressFacts(context, started, compiled.revision),
      compiled,
      perform: (request) =>
        slots.use(async () => (conditions.mayAct() ? performCall(context, conditions, request) : null)),
    });
    const running: Running = { child, execution, startDate };
    (child.again ? this.#again : this.#first).set(child.index, running);
    context.metrics.count('executionsStarted');
    void execution.run().then((end) => this.#end(running, end));
  }

  /** Ends all that run; answers what is to be told of them. */
  abortAll(): ChildOutcome[] {
    const now = this.#context.clock.now();
    const aborted = [...this.#first.values(), ...this.#again.values()].map((running) =>
      outcomeOf(running, { status: 'ABORTED', stopDate: now }, true),
    );
    this.clear();
    return aborted;
  }

  /** Forgets all of them, as if the process had died. */
  clear(): void {
    const all = [...this.#first.values(), ...this.#again.values()];
    this.#first.clear();
    this.#again.clear();
    for (const { execution } of all) execution.abandon();
  }

  #end(running: Running, end: ExpressEnd | null): void {
    const { child } = running;
    const open = child.again ? this.#again : this.#first;
    // One that was abandoned is nobody's any more.
    if (open.get(child.index) !== running || end === null) return;
    open.delete(child.index);
    this.#context.metrics.count('executionsEnded');
    this.#options.onEnd(child, outcomeOf(running, end, this.#options.keepsInput));
  }
}

type End = Pick<ExpressEnd, 'status' | 'output' | 'error' | 'cause' | 'stopDate'>;

function outcomeOf({ child, startDate }: Running, end: End, keepsInput: boolean): ChildOutcome {
  const { index, items, input } = child;
  const { status, output, error, cause, stopDate } = end;
  return {
    ...{ index, items, status, startDate, stopDate },
    // What did not succeed may run again.
    input: keepsInput || status !== 'SUCCEEDED' ? input : null,
    output: output ?? null,
    error: error ?? null,
    cause: cause ?? null,
  };
}
