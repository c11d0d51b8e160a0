/** A function's folder; it confines paths to the folder of functions. */
export const FUNCTION_NAME = /^[A-Za-z0-9_-]{1,64}$/;
