import { OutgoingFailedError } from '@everstep/engine';

/** Work that several may share goes on without the one who does not wait for it any more. Throws OutgoingFailedError. */
export function unlessAborted<Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
  if (signal.aborted) return Promise.reject(aborted());
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(aborted());
    signal.addEventListener('abort', onAbort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

export function aborted(): OutgoingFailedError {
  return new OutgoingFailedError('aborted', 'The call was ended.');
}
