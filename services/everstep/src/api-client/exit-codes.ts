/** What scripts may rely on; docs/cli.md tells them. */
export const ExitCode = {
  OK: 0,
  /** What was asked about did not go well: an execution failed, a check found something. */
  NOT_WELL: 1,
  USAGE: 2,
  /** The server answered with an error. */
  REFUSED: 3,
  /** The server did not answer. */
  UNREACHABLE: 4,
} as const;
