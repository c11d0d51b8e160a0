import type { HistoryEvent } from '@everstep/language';

/** What the server tells of an execution's status. */
export interface LiveStatus {
  readonly status: string;
  readonly startDate: number;
  readonly stopDate?: number;
  readonly redriveCount: number;
  readonly redriveDate?: number;
}

interface Listener {
  readonly address: () => string;
  readonly events: Readonly<Record<string, (data: string) => void>>;
  /** Told whether the stream is open: where it is not, the page asks from time to time. */
  readonly onState: (isOpen: boolean) => void;
}

/** How long a stream that was refused is left alone, in milliseconds. */
const AGAIN_MS = 5_000;

/**
 * Server-sent events for as long as the page is looked at: a hidden page closes its stream, as a browser has six
 * connections to a server for all its pages, and goes on from where it was when it is shown again.
 */
export function listen({ address, events, onState }: Listener): () => void {
  let source: EventSource | null = null;
  let again: ReturnType<typeof setTimeout> | undefined;
  const close = (): void => {
    clearTimeout(again);
    source?.close();
    source = null;
  };
  const open = (): void => {
    close();
    if (document.hidden) return;
    source = new EventSource(address());
    source.onopen = () => onState(true);
    source.onerror = () => {
      onState(false);
      // A refusal closes it for good; a connection that broke is taken up again by the browser itself.
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, AGAIN_MS);
    };
    for (const [name, tell] of Object.entries(events)) {
      source.addEventListener(name, (event: MessageEvent<string>) => tell(event.data));
    }
  };
  const look = (): void => (document.hidden ? close() : open());
  document.addEventListener('visibilitychange', look);
  open();
  return () => {
    document.removeEventListener('visibilitychange', look);
    close();
  };
}

export interface ExecutionListener {
  readonly executionArn: string;
  /** The last event that is known already. */
  readonly lastEventId: () => number;
  readonly onEvents: (events: readonly HistoryEvent[]) => void;
  readonly onStatus: (status: LiveStatus) => void;
  readonly onState: (isOpen: boolean) => void;
}

/** An execution's events as they come, until it has ended. */
export function listenToExecution(listener: ExecutionListener): () => void {
  const { executionArn, lastEventId, onEvents, onStatus, onState } = listener;
  const stop = listen({
    address: () => `/console/events?${new URLSearchParams({ executionArn, after: String(lastEventId()) }).toString()}`,
    events: {
      events: (data) => {
        const { events }: { events: HistoryEvent[] } = JSON.parse(data);
        onEvents(events);
      },
      status: (data) => onStatus(JSON.parse(data)),
      end: () => stop(),
    },
    onState,
  });
  return stop;
}

/** Told whenever the newest executions, of a machine or of all, are others or have another status. */
export function listenToList(
  stateMachineArn: string | null,
  onChange: () => void,
  onState: (isOpen: boolean) => void,
): () => void {
  const query = stateMachineArn === null ? '' : `?${new URLSearchParams({ stateMachineArn }).toString()}`;
  return listen({ address: () => `/console/events${query}`, events: { changed: onChange }, onState });
}
