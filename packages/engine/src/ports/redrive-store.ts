export interface NewRedrive {
  readonly executionId: string;
  /** One more than the execution's: refused where somebody else was faster. */
  readonly redriveCount: number;
  readonly redriveDate: number;
  readonly clientToken: string | null;
  /** JSON text of the Redrive activation, which becomes inbox row 1. */
  readonly activation: string;
  /** How long a lost hint may cost: wake_at becomes now + this. */
  readonly graceMs: number;
}

export type RedriveOutcome =
  | { readonly kind: 'redriven' }
  /** It is open, ended well, was redriven meanwhile, its name is another's by now, or what it ended with is not kept. */
  | { readonly kind: 'refused' }
  /** The machine is gone or being deleted. */
  | { readonly kind: 'no-machine' };

export interface RedriveStore {
  /**
   * An execution that ended without success is open again, with the checkpoint, frames, format and history it ended
   * with, under a later epoch. Its status is RUNNING at once, and its name is taken.
   */
  redriveExecution(redrive: NewRedrive): Promise<RedriveOutcome>;
  /** The date of the redrive that was asked for with this token, among the latest `latest` after the time. */
  findRedrive(query: {
    readonly executionId: string;
    readonly clientToken: string;
    readonly after: number;
    readonly latest: number;
  }): Promise<number | null>;
  /** What an execution that ended without success would go on from; null where nothing is kept. */
  findEndedRun(executionId: string): Promise<{ readonly lastEventId: number } | null>;
}
