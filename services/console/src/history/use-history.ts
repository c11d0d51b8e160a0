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

/**
 * The history of an execution: what there is, page by page, and then what comes. `round` begins anew where the execution
 * goes on after its end (a redrive); what is known is kept.
 */
export function useHistory(executionArn: string, round: number, onStatus: (status: LiveStatus) => void): LiveHistory {
  const [shown, setShown] = useState<LiveHistory>(() => fresh());
  useEffect(() => {
    const reading = new Reading(executionArn, setShown, onStatus);
    reading.begin();
    return () => reading.end();
    // The callback only writes into the cache of queries: its identity says nothing.
  }, [executionArn, round]);
  return shown;
}

function fresh(): LiveHistory {
  return { model: new HistoryModel(), version: 0, isComplete: false, isLive: false, error: null };
}

class Reading {
  readonly #executionArn: string;
  readonly #show: (history: LiveHistory) => void;
  readonly #onStatus: (status: LiveStatus) => void;
  readonly #stopped = new AbortController();
  #history = fresh();
  #drawing: ReturnType<typeof setTimeout> | undefined;
  #polling: ReturnType<typeof setTimeout> | undefined;
  #stopListening: (() => void) | null = null;

  constructor(executionArn: string, show: (history: LiveHistory) => void, onStatus: (status: LiveStatus) => void) {
    this.#executionArn = executionArn;
    this.#show = show;
    this.#onStatus = onStatus;
  }

  begin(): void {
    this.#show(this.#history);
    this.#readOn().then(
      () => {
        this.#change({ isComplete: true });
        if (this.#history.model.ending === null) this.#listen();
      },
      (error: unknown) => this.#change({ error }),
    );
  }

  end(): void {
    this.#stopped.abort();
    clearTimeout(this.#drawing);
    clearTimeout(this.#polling);
    this.#stopListening?.();
  }

  async #readOn(): Promise<void> {
    const { model } = this.#history;
    for (;;) {
      const request = { executionArn: this.#executionArn, fromEventId: model.lastEventId + 1, maxResults: PAGE };
      const { events, nextEventId } = await call('GetHistoryEvents', request, this.#stopped.signal);
      if (model.add(events)) this.#draw();
      if (nextEventId === undefined) return;
    }
  }

  #listen(): void {
    if (this.#stopped.signal.aborted) return;
    const { model } = this.#history;
    this.#stopListening = listenToExecution({
      executionArn: this.#executionArn,
      lastEventId: () => model.lastEventId,
      onEvents: (events) => {
        if (model.add(events)) this.#draw();
      },
      onStatus: this.#onStatus,
      onState: (isLive) => {
        this.#change({ isLive });
        clearTimeout(this.#polling);
        if (!isLive) this.#poll();
      },
    });
  }

  #poll(): void {
    this.#polling = setTimeout(() => {
      this.#readOn().then(
        () => {
          if (this.#history.model.ending === null && !this.#history.isLive) this.#poll();
        },
        () => this.#poll(),
      );
    }, POLL_MS);
  }

  #draw(): void {
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      this.#change({ version: this.#history.version + 1 });
    }, DRAW_MS);
  }

  #change(change: Partial<LiveHistory>): void {
    if (this.#stopped.signal.aborted) return;
    this.#history = { ...this.#history, ...change };
    this.#show(this.#history);
  }
}
