/**
 * What one JSONPath expression may cost. AWS's own quotas carry its numbers; the rest bounds what AWS leaves open, so
 * that no definition can hold a worker or fill its memory.
 */

/** AWS: intrinsic functions nest at most ten deep. */
export const MAX_INTRINSIC_NESTING = 10;
/** AWS: States.ArrayRange gives at most this many items. */
export const MAX_RANGE_ITEMS = 1_000;
/** AWS: numbers that States.MathAdd takes and gives. */
export const MAX_MATH_INTEGER = 2 ** 31 - 1;
export const MIN_MATH_INTEGER = -(2 ** 31);
/** AWS: characters that States.Base64Encode, States.Base64Decode and States.Hash take. */
export const MAX_CODED_CHARACTERS = 10_000;
/** AWS: characters of a variable's name. */
export const MAX_VARIABLE_NAME_CHARACTERS = 80;

/** How deep documents and templates may nest; Jackson's own limit, which AWS's parser has. */
export const MAX_NESTING = 1_000;
/** Parentheses, negations and nested paths of one filter. */
export const MAX_FILTER_NESTING = 32;
/** Steps of one path. */
export const MAX_PATH_STEPS = 500;
/** Arguments of one call of an intrinsic function. */
export const MAX_INTRINSIC_ARGUMENTS = 500;
/** Nodes the paths of one evaluation may look at, all together; `..` inside `..` multiplies them. */
export const MAX_PATH_VISITS = 5_000_000;
/** UTF-16 units and items that the intrinsic calls of one evaluation may take and make, all together. */
export const MAX_EVALUATION_CHARACTERS = 16 * 1024 * 1024;
/** Items a path or an intrinsic function may gather. */
export const MAX_ITEMS = 1_000_000;
/** UTF-16 units of a text that an expression builds, and of the JSON of a template's outcome. */
export const MAX_OUTPUT_CHARACTERS = 8 * 1024 * 1024;
/** Templates with no more dynamic fields than this skip measuring their outcome: it cannot get big. */
export const MAX_UNMEASURED_FIELDS = 16;
