import type { AccessKeyStore } from './access-key-store.ts';
import type { ApprovalStore } from './approval-store.ts';
import type { ActivityStore } from './activity-store.ts';
import type { AuditStore } from './audit-store.ts';
import type { AliasStore } from './alias-store.ts';
import type { CatalogStore } from './catalog-store.ts';
import type { ConnectionStore } from './connection-store.ts';
import type { ExecutionStore } from './execution-store.ts';
import type { JobStopStore } from './job-stop-store.ts';
import type { MapRunStore } from './map-run-store.ts';
import type { LimiterStore } from './limiter-store.ts';
import type { RedriveStore } from './redrive-store.ts';
import type { RunStore } from './run-store.ts';
import type { TagStore } from './tag-store.ts';
import type { TokenStore } from './token-store.ts';
import type { VersionStore } from './version-store.ts';
import type { WorkerStore } from './worker-store.ts';

/**
 * The only truth. Every verb is one transaction. Adapters: store-postgres, store-memory; both pass the contract suite
 * of @everstep/testkit. Times are milliseconds since the epoch; ids of executions are UUIDv7 strings in lower case.
 */
export interface Store
  extends CatalogStore,
    VersionStore,
    AliasStore,
    TagStore,
    ExecutionStore,
    RunStore,
    RedriveStore,
    MapRunStore,
    TokenStore,
    WorkerStore,
    ActivityStore,
    AccessKeyStore,
    ConnectionStore,
    AuditStore,
    LimiterStore,
    JobStopStore,
    ApprovalStore {
  /** The store's clock. */
  now(): Promise<number>;
  /** 32 random bytes in hex, made once per installation: the root key of task and page tokens. */
  installationSecret(): Promise<string>;
  /** Whether it serves; never throws, and answers within seconds whatever happens. */
  probe(): Promise<StoreHealth>;
  close(): Promise<void>;
}

export type StoreHealth =
  | { readonly status: 'ok' }
  /** It answers, but takes no writes: a standby, or a primary that was told so. */
  | { readonly status: 'read-only' }
  /** It answers, but refuses work at present: no space, no connections to spare. */
  | { readonly status: 'failing'; readonly reason: string }
  | { readonly status: 'unreachable'; readonly reason: string };

/** The connection broke during COMMIT: it may have happened or not. Never send it again; look at what is there. */
export class OutcomeUnknownError extends Error {
  constructor(options?: ErrorOptions) {
    super('the outcome of a commit is unknown', options);
    this.name = 'OutcomeUnknownError';
  }
}

/** The store does not answer, or answers read-only. Nothing happened; try again later. */
export class StoreUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnavailableError';
  }
}

/** More waits for the store in this process than it may hold in memory. Nothing happened; try again later. */
export class BacklogFullError extends StoreUnavailableError {
  constructor() {
    super('too much waits for the store already');
    this.name = 'BacklogFullError';
  }
}
