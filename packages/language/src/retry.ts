import type { RandomSource } from './data/expression.ts';
import type { Failure } from './outcome.ts';
import type { Retrier } from './syntax/state-machine.ts';

/** Whether an ErrorEquals list names a failure. A failure without an error is matched by the wildcards alone. */
export function errorMatches(errorEquals: readonly string[], failure: Failure): boolean {
  return errorEquals.some((name) => {
    if (name === failure.error) return true;
    if (name === 'States.HeartbeatTimeout') return failure.heartbeat === true;
    if (name === 'States.ALL') return !isTerminal(failure);
    // Any error of a task but its time-out.
    if (name === 'States.TaskFailed') return !isTerminal(failure) && failure.error !== 'States.Timeout';
    return false;
  });
}

/** States.Runtime ends the execution: neither retriers nor catchers see it. */
export function isTerminal(failure: Failure): boolean {
  return failure.error === 'States.Runtime';
}

export interface RetryDecision {
  /** Index of the retrier that answers. */
  readonly retrier: number;
  readonly delayMs: number;
}

/** The index of the first retrier that names a failure, or -1. */
export function findRetrier(retriers: readonly Retrier[], failure: Failure): number {
  return retriers.findIndex((retrier) => errorMatches(retrier.errorEquals, failure));
}

/**
 * What the retriers say to a failure: the first one that names it decides, and once its attempts are used up there is
 * no other. `attempts` holds the attempts used, per retrier. Without `random` there is no jitter. A service that asked
 * to be left alone is, for as long as the retrier would wait at most.
 */
export function decideRetry(
  retriers: readonly Retrier[],
  attempts: readonly number[],
  failure: Failure,
  random: (() => RandomSource) | null,
): RetryDecision | null {
  const index = findRetrier(retriers, failure);
  const retrier = retriers[index];
  if (retrier === undefined) return null;
  const used = attempts[index] ?? 0;
  if (used >= retrier.maxAttempts) return null;
  const grown = retrier.intervalSeconds * retrier.backoffRate ** used;
  const seconds = Math.min(grown, retrier.maxDelaySeconds ?? MAX_DELAY_SECONDS);
  const share = retrier.jitterStrategy === 'FULL' && random !== null ? random().next() : 1;
  const asked = Math.min(failure.retryAfterMs ?? 0, (retrier.maxDelaySeconds ?? MAX_ASKED_SECONDS) * 1000);
  return { retrier: index, delayMs: Math.max(Math.round(seconds * share * 1000), asked) };
}

/** What a service may ask for where the retrier has no limit of its own: a day. */
const MAX_ASKED_SECONDS = 86_400;

/** A backoff without an end of its own stops growing here: AWS's longest interval, 31,622,400 s (366 days). */
const MAX_DELAY_SECONDS = 31_622_400;
