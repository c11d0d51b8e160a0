/** Something that the user can put right: printed as it is, without a stack, and the process ends with exit code 1. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** What an error says, for a sentence that goes on with it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system error, such as ENOENT; null where there is none. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
