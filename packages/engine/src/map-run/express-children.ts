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
  /** One has ended, and can be taken. */
  readonly onEnd: () => void;
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
  /** Those among them that have ended, in the order of their ends, until somebody has room for what they came to. */
  readonly #ended = new Map<Running, ChildOutcome>();

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
        slots.use(request.signal, async () => (conditions.mayAct() ? performCall(context, conditions, request) : null)),
    });
    const running: Running = { child, execution, startDate };
    this.#openOf(child).set(child.index, running);
    context.metrics.count('executionsStarted');
    void execution.run().then((end) => this.#end(running, end));
  }

  /** What the next one that has ended came to; from then on nothing of it is here. null: none has ended. */
  take(): ChildOutcome | null {
    for (const [running, outcome] of this.#ended) {
      this.#ended.delete(running);
      this.#openOf(running.child).delete(running.child.index);
      return outcome;
    }
    return null;
  }

  /** Ends all that run. */
  abortAll(): void {
    const stopDate = this.#context.clock.now();
    for (const running of [...this.#first.values(), ...this.#again.values()]) {
      if (this.#ended.has(running)) continue;
      this.#ended.set(running, outcomeOf(running, { status: 'ABORTED', stopDate }, true));
      running.execution.abandon();
    }
  }

  /** Forgets all of them, as if the process had died. */
  clear(): void {
    const all = [...this.#first.values(), ...this.#again.values()];
    this.#first.clear();
    this.#again.clear();
    this.#ended.clear();
    for (const { execution } of all) execution.abandon();
  }

  #end(running: Running, end: ExpressEnd | null): void {
    // One that was abandoned is nobody's any more.
    if (end === null || this.#ended.has(running)) return;
    if (this.#openOf(running.child).get(running.child.index) !== running) return;
    this.#context.metrics.count('executionsEnded');
    this.#ended.set(running, outcomeOf(running, end, this.#options.keepsInput));
    this.#options.onEnd();
  }

  #openOf({ again }: OpenChild): Map<number, Running> {
    return again ? this.#again : this.#first;
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
