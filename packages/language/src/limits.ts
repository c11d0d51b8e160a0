/** The interpreter's limits, each named after its AWS quota where there is one. */

/** Bytes of UTF-8 of one state's input, result or output. AWS: 256 KiB. */
export const MAX_DATA_BYTES = 262_144;

/** Characters of a cause that the interpreter words itself, and of the location of a failed evaluation. AWS's own. */
export const MAX_CAUSE_CHARACTERS = 32_768;
export const MAX_LOCATION_CHARACTERS = 256;

/** States that one transition enters before it answers Continue, so that a loop cannot hold a worker. */
export const MAX_STEPS_PER_TRANSITION = 1_000;

/** Estimated bytes of history after which a transition answers Continue. */
export const MAX_HISTORY_BYTES_PER_TRANSITION = 1_048_576;

/** Iterations of an inline Map that run at once, whatever its MaxConcurrency says, and where it says nothing. AWS: 40. */
export const INLINE_MAP_CONCURRENCY = 40;

/** Children of a Map Run that run at once, whatever its MaxConcurrency says, and where it says nothing. AWS: 10,000. */
export const MAP_RUN_CONCURRENCY = 10_000;

/** Bytes of all the variables that a state can see. AWS: 10 MiB for all variables of an execution. */
export const MAX_VARIABLES_BYTES = 10_485_760;

/** AWS: a Wait may not last longer than this many seconds. */
export const MAX_WAIT_SECONDS = 2_147_483_647;
