import type { ServerResponse } from 'node:http';

/** Aborted when the connection ends before the answer is written, also where it has ended already. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  const end = (): void => {
    if (!response.writableFinished) gone.abort();
  };
  // Whoever asks late gets no 'close' any more.
  if (response.destroyed) end();
  else response.once('close', end);
  return gone.signal;
}
