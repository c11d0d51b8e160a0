/** One call that changed something, or was denied. It holds names and times, never inputs or secrets. */
export interface AuditEntry {
  /** UUIDv7: its order is the order of the log. */
  readonly entryId: string;
  readonly at: number;
  readonly accountId: string;
  /** An ARN; `anonymous` where nobody was asked; `administrator` for the command line. */
  readonly userArn: string;
  readonly accessKeyId: string | null;
  /** `states:StartExecution` */
  readonly action: string;
  readonly resource: string;
  readonly requestId: string;
  readonly sourceAddress: string;
  /** `OK`, or the code of the error that was answered. */
  readonly outcome: string;
}

export interface AuditQuery {
  readonly accountId?: string;
  readonly accessKeyId?: string;
  readonly action?: string;
  readonly resource?: string;
  /** Inclusive, in milliseconds since the epoch. */
  readonly since?: number;
  /** Exclusive: the last entry of the page before. */
  readonly beforeId?: string;
  readonly limit: number;
}

export interface AuditStore {
  recordAudit(entries: readonly AuditEntry[]): Promise<void>;
  /** Newest first. */
  listAudit(query: AuditQuery): Promise<AuditEntry[]>;
  /** Removes entries from before the time, at most `limit`; answers how many. */
  deleteAuditBefore(at: number, limit: number): Promise<number>;
}
