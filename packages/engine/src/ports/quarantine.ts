/** Where executions run that may have ended the processes which ran them: in processes that run nothing else. */
export interface Quarantine {
  /** Whether another process can be started now. */
  hasRoom(): boolean;
  /**
   * Starts a process that claims and runs just these executions (or Map Runs), with a lease of its own. Its end, however,
   * is no news.
   */
  takeIn(executionIds: readonly string[]): void;
}
