/** Where executions run that may have ended the processes which ran them: alone, each in a process of its own. */
export interface Quarantine {
  /** Whether another one can be taken in now. */
  hasRoom(): boolean;
  /** Starts a process that claims and runs just this execution, with a lease of its own. Its end, however, is no news. */
  takeIn(executionId: string): void;
}
