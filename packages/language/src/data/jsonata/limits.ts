/**
 * What one JSONata expression may cost. JSONata is a whole programming language: without these, a definition could hold
 * a worker for ever or fill its memory. They count work, never the clock, so that an evaluation fails at the same place
 * on every machine.
 */

/** UTF-16 units of an expression's text. */
export const MAX_EXPRESSION_CHARACTERS = 64 * 1024;
/** How deep the parts of an expression may nest; `a + b + c` nests once for every operator. */
export const MAX_EXPRESSION_NESTING = 500;
/** Parts of an expression. The parser copies the left side of every `??` and `?:`, so a short text can have many. */
export const MAX_EXPRESSION_NODES = 100_000;

/** Steps of one evaluation: items looked at by a path or a filter, calls, nodes visited by a function. */
export const MAX_STEPS = 3_000_000;
/** Items that one evaluation may write into arrays and objects, copies included. */
export const MAX_ITEMS_MADE = 10_000_000;
/** UTF-16 units that the functions of one evaluation may read and write. */
export const MAX_CHARACTERS_WORKED = 64 * 1024 * 1024;
/** UTF-16 units of one text that an expression builds. */
export const MAX_TEXT_CHARACTERS = 8 * 1024 * 1024;
/** Items of one array that an expression builds at once: a range, a padding. */
export const MAX_ARRAY_ITEMS = 1_000_000;
/**
 * Depth of nested calls, counted in the heights of the bodies that are open at the same time, because these are what
 * stands on the engine's stack; about a third of what a stack of a megabyte holds. Calls in tail position do not nest.
 */
export const MAX_CALL_NESTING = 2_500;
/** How deep a value may nest. */
export const MAX_VALUE_NESTING = 1_000;
/** UTF-16 units of a picture or an option of `$formatNumber` and its like. */
export const MAX_PICTURE_CHARACTERS = 1_000;
/** UTF-16 units of a regular expression's source. */
export const MAX_PATTERN_CHARACTERS = 10_000;
/** Characters of a value that an error's message shows. */
export const MAX_MESSAGE_VALUE_CHARACTERS = 1_000;
/** A regular expression that may have to look far ahead is charged one step for so many characters that are left. */
export const LOOKAHEAD_CHARACTERS_PER_STEP = 4;

/** What the slower things cost in steps, by measurement: of time, and for an item with bindings of memory. */
export const STEPS_OF_TUPLE = 8;
export const STEPS_OF_RANDOM = 6;
export const STEPS_OF_HASH = 8;
export const STEPS_OF_PATTERN_SEARCH = 3;
export const STEPS_OF_PICTURE = 8;
export const STEPS_OF_READING_BY_PICTURE = 80;
