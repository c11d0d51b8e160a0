/** The interpreter's limits, each named after its AWS quota where there is one. */

/** Bytes of UTF-8 of one state's input, result or output. AWS: 256 KiB. */
export const MAX_DATA_BYTES = 262_144;

/** States that one transition enters before it answers Continue, so that a loop cannot hold a worker. */
export const MAX_STEPS_PER_TRANSITION = 1_000;

/** Estimated bytes of history after which a transition answers Continue. */
export const MAX_HISTORY_BYTES_PER_TRANSITION = 1_048_576;

/** Iterations of an inline Map that run at once where MaxConcurrency is 0 or absent. AWS: 40. */
export const INLINE_MAP_CONCURRENCY = 40;

/** Iterations of an inline Map that run at once, whatever MaxConcurrency says. */
export const MAX_INLINE_MAP_CONCURRENCY = 1_000;

/** AWS: a Wait may not last longer than this many seconds. */
export const MAX_WAIT_SECONDS = 2_147_483_647;
