import { useEffect, useState } from 'react';
import { call } from '../api/call.ts';
import { type LiveStatus, listenToExecution } from '../api/live.ts';
import { HistoryModel } from './history-model.ts';

export interface LiveHistory {
  readonly model: HistoryModel;
  /** Counts up with each change of the model, which is changed in place. */
  readonly version: number;
  /** Whether all events that there were have been read. */
  readonly isComplete: boolean;
  readonly isLive: boolean;
  readonly error: unknown;
}

const PAGE = 1_000;
/** How often the history is read on where the server tells nothing by itself, in milliseconds. */
const POLL_MS = 2_000;
/** A model that grows by thousands of events is drawn at most so often, in milliseconds. */
const DRAW_MS = 150;

export interface HistoryOptions {
  readonly executionArn: string;
  /** Whether the execution runs, as it is known otherwise: after a redrive its history may still say that it ended. */
  readonly isOpen: boolean;
  /** Counts the times that it began to run again. */
  readonly round: number;
  readonly onStatus: (status: LiveStatus) => void;
}

/**
 * The history of an execution: what there is, page by page, and then what comes. For one execution as long as the
 * component lives; when it runs again after its end, what is known is kept.
 */
export function useHistory({ executionArn, isOpen, round, onStatus }: HistoryOptions): LiveHistory {
  const [model] = useState(() => new HistoryModel());
  const [facts, setFacts] = useState<Facts>({ version: 0, isComplete: false, isLive: false, error: null });
  useEffect(() => {
    const change = (changed: (before: Facts) => Partial<Facts>): void =>
      setFacts((before) => ({ ...before, ...changed(before) }));
    const reading = new Reading({ executionArn, isOpen, model, change, onStatus });
    reading.begin();
    return () => reading.end();
    // The callback only writes into the cache of queries: its identity says nothing.
  }, [executionArn, isOpen, round, model]);
  return { model, ...facts };
}

type Facts = Omit<LiveHistory, 'model'>;

interface ReadingOptions extends Omit<HistoryOptions, 'round'> {
  readonly model: HistoryModel;
  readonly change: (changed: (before: Facts) => Partial<Facts>) => void;
}

class Reading {
  readonly #options: ReadingOptions;
  readonly #stopped = new AbortController();
  #isLive = false;
  #drawing: ReturnType<typeof setTimeout> | undefined;
  #polling: ReturnType<typeof setTimeout> | undefined;
  #stopListening: (() => void) | null = null;

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#readOn().then(
      () => {
        this.#change({ isComplete: true, error: null });
        if (this.#goesOn()) this.#listen();
      },
      (error: unknown) => this.#change({ error }),
    );
  }

  end(): void {
    this.#stopped.abort();
    clearTimeout(this.#polling);
    this.#stopListening?.();
    if (this.#drawing === undefined) return;
    // The next reading has the same model, and nothing to tell of what is in it already.
    clearTimeout(this.#drawing);
    this.#countUp();
  }

  #goesOn(): boolean {
    return this.#options.isOpen || this.#options.model.ending === null;
  }

  async #readOn(): Promise<void> {
    const { executionArn, model } = this.#options;
    for (;;) {
      const request = { executionArn, fromEventId: model.lastEventId + 1, maxResults: PAGE };
      const { events, nextEventId } = await call('GetHistoryEvents', request, this.#stopped.signal);
      if (model.add(events)) this.#draw();
      if (nextEventId === undefined) return;
    }
  }

  #listen(): void {
    if (this.#stopped.signal.aborted) return;
    const { executionArn, model, onStatus } = this.#options;
    this.#stopListening = listenToExecution({
      executionArn,
      lastEventId: () => model.lastEventId,
      onEvents: (events) => {
        if (model.add(events)) this.#draw();
      },
      onStatus,
      onState: (isLive) => {
        this.#isLive = isLive;
        this.#change({ isLive });
        clearTimeout(this.#polling);
        if (!isLive) this.#poll();
      },
    });
  }

  #poll(): void {
    if (this.#stopped.signal.aborted) return;
    this.#polling = setTimeout(() => {
      this.#readOn().then(
        () => {
          if (this.#goesOn() && !this.#isLive) this.#poll();
        },
        () => this.#poll(),
      );
    }, POLL_MS);
  }

  #draw(): void {
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      this.#countUp();
    }, DRAW_MS);
  }

  #countUp(): void {
    this.#options.change(({ version }) => ({ version: version + 1 }));
  }

  #change(changed: Partial<Facts>): void {
    if (!this.#stopped.signal.aborted) this.#options.change(() => changed);
  }
}
