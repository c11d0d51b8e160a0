import { ServiceFailure } from './service-failure.ts';

/**
 * Work with an end: it is let go of as soon as nobody wants it or its time is over, whatever its client does. The work
 * hears of it by its signal, and ends what it holds.
 */
export async function bounded<Value>(
  wanted: AbortSignal,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const signal = AbortSignal.any([wanted, late.signal]);
  const ended = (): ServiceFailure =>
    wanted.aborted
      ? new ServiceFailure('Cancelled', 'Nobody waits for the answer any more.')
      : new ServiceFailure('TimedOut', `There was no answer within ${timeoutMs} ms.`);
  try {
    if (signal.aborted) throw ended();
    return await new Promise<Value>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(ended()), { once: true });
      work(signal).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
  }
}
