/** A job that a task has started and nobody waits for any more: it is to be stopped. */
export interface NewJobStop {
  readonly taskId: number;
  /** JSON text of the engine's own: all that is needed to stop it. */
  readonly request: string;
  /** Until then whoever wrote it tries by itself. */
  readonly dueInMs: number;
}

export interface JobStop extends Pick<NewJobStop, 'taskId' | 'request'> {
  readonly executionId: string;
  /** How often it has been taken, this time included. */
  readonly tries: number;
}

export type JobStopKey = Pick<JobStop, 'executionId' | 'taskId'>;

/** Jobs that are to be stopped, from the commit that says so until it is done. They outlive their executions. */
export interface JobStopStore {
  /** Beside any commit. One that is there stays as it is. */
  addJobStop(stop: NewJobStop & { readonly executionId: string }): Promise<void>;
  /**
   * Takes those that are due, the longest due first: nobody gets one again for `waitMs`, which doubles with each time
   * that it was taken before, up to `mostMs`.
   */
  takeJobStops(request: {
    readonly limit: number;
    readonly waitMs: number;
    readonly mostMs: number;
  }): Promise<JobStop[]>;
  /** Done, or given up. One that is not there is no error. */
  deleteJobStop(key: JobStopKey): Promise<void>;
}
