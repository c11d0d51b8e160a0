import type {
  AccessKeyRecord,
  ActivityRecord,
  AliasRecord,
  ApprovalRecord,
  AuditEntry,
  ConnectionRecord,
  ExecutionRecord,
  InboxRow,
  MapRunRecord,
  OpenToken,
  OutcomePart,
  RevisionRecord,
  StateMachineRecord,
  VersionRecord,
} from '@everstep/engine';
import type { JobStopRow } from './job-stops.ts';
import { type PermitTables, newPermitTables } from './permit-tables.ts';
import { SortedList, compareText } from './sorted-list.ts';
import { WakeHeap, type Sleeper } from './wake-heap.ts';

/** The executions of a machine; ended ones outlive it. */
export interface MachineExecutions {
  /** Ids. */
  readonly open: Set<string>;
  /** By start, open and ended ones. */
  readonly all: SortedList<ExecutionRow>;
}

export interface HistoryChunk {
  readonly firstEventId: number;
  readonly lastEventId: number;
  /** JSON text of an array, as committed. */
  readonly events: string;
}

export interface ExecutionRow {
  record: ExecutionRecord;
  readonly chunks: HistoryChunk[];
}

/** A name is taken from its start until `reusableAt`; null while its execution is open. */
export interface NameRow {
  readonly execution: ExecutionRecord;
  /** Where it came with one, it decides in place of the input. */
  readonly inputDigest: string | null;
  reusableAt: number | null;
}

export interface TokenRow extends Sortable {
  readonly run: RunRow;
  readonly token: OpenToken;
  status: 'open' | 'accepted';
  /** The inbox row that holds the accepted result; 0 before. */
  acceptedNumber: number;
  readonly openedAt: number;
  timeoutAt: number | null;
  heartbeatAt: number | null;
  /** Activities: whether a worker has it. */
  taken: boolean;
}

interface Sortable {
  /** Grows with every row: the order of opening. */
  readonly sequence: number;
}

export interface RunRow extends Sleeper {
  readonly executionId: string;
  readonly execution: ExecutionRow;
  epoch: number;
  owner: WorkerRow | null;
  /** The present grace; takeDue doubles it. */
  graceMs: number;
  /** The grace it was started with: what an arrival from another run's commit resets it to. */
  readonly startGraceMs: number;
  signals: number;
  consumed: number;
  checkpoint: string;
  format: number;
  readonly frames: Map<string, string>;
  /** Rows after `consumed`, ascending. */
  inbox: InboxRow[];
  readonly tokens: Map<number, TokenRow>;
  crashes: number;
  committedSinceClaim: boolean;
  /** Its execution is in no other table. */
  readonly express: boolean;
  readonly mapRun: boolean;
}

export interface WorkerRow {
  readonly workerId: string;
  readonly host: string;
  leaseUntil: number;
  dead: boolean;
  readonly runs: Set<RunRow>;
}

/** What an execution that ended without success would go on from. */
export interface EndedRun {
  readonly epoch: number;
  readonly checkpoint: string;
  readonly format: number;
  readonly frames: ReadonlyMap<string, string>;
}

export interface RedriveRow {
  readonly redriveDate: number;
  readonly clientToken: string | null;
}

/** A machine's versions and aliases. */
export interface MachinePublications {
  /** The greatest number ever given. */
  lastVersion: number;
  readonly versions: Map<number, VersionRecord>;
  readonly aliases: Map<string, AliasRecord>;
}

/** All tables. Every verb reads and writes them in one synchronous stretch, which makes it a transaction. */
export interface MemoryState {
  readonly now: () => number;
  readonly secret: string;
  /** For rows that are sorted by when they came. */
  sequence: number;
  readonly machines: Map<string, StateMachineRecord>;
  /** By the machine's ARN. */
  readonly publications: Map<string, MachinePublications>;
  /** Values by key, by the resource's ARN. */
  readonly tags: Map<string, Map<string, string>>;
  /** By the machine's ARN. */
  readonly executionsByMachine: Map<string, MachineExecutions>;
  readonly revisions: Map<string, RevisionRecord>;
  readonly executions: Map<string, ExecutionRow>;
  readonly ended: SortedList<ExecutionRow>;
  /** By {@link nameKey}. */
  readonly names: Map<string, NameRow>;
  /** Names whose execution was deleted before they may be used again. */
  readonly orphanNames: Set<string>;
  readonly idsByArn: Map<string, string>;
  /** By {@link parentKey}. */
  readonly idsByParent: Map<string, string>;
  readonly runs: Map<string, RunRow>;
  readonly endedRuns: Map<string, EndedRun>;
  readonly jobStops: Map<string, JobStopRow>;
  readonly mapRuns: Map<string, MapRunRecord>;
  /** By Map Run. */
  readonly outcomes: Map<string, OutcomePart[]>;
  /** Ids of Standard children by the numbers of their items or tasks, by Map Run or execution. */
  readonly children: Map<string, string[]>;
  /** Oldest first, by execution id. */
  readonly redrives: Map<string, RedriveRow[]>;
  /** The unowned runs that have a wake_at. */
  readonly sleeping: WakeHeap<RunRow>;
  /** Open, untaken tasks by activity, oldest first. */
  readonly untaken: Map<string, Map<number, TokenRow>>;
  readonly workers: Map<string, WorkerRow>;
  /** Those not yet marked dead, and the dead ones whose runs were not given back yet. */
  readonly watchedWorkers: Set<WorkerRow>;
  readonly activities: Map<string, ActivityRecord>;
  readonly accessKeys: Map<string, AccessKeyRecord>;
  /** By the ARN without its id. */
  readonly connections: Map<string, ConnectionRecord>;
  /** By entry id. */
  readonly audit: Map<string, AuditEntry>;
  readonly permits: PermitTables;
  /** By execution and task. */
  readonly approvals: Map<string, ApprovalRecord>;
}

export interface MemoryStoreOptions {
  /** The store's clock in milliseconds since the epoch; the process's where absent. */
  readonly now?: () => number;
  /** So many random bytes, for the installation's secret. */
  readonly random?: (byteCount: number) => Uint8Array;
}

const SECRET_BYTES = 32;

export function createMemoryState(options: MemoryStoreOptions = {}): MemoryState {
  const random = options.random ?? ((byteCount) => crypto.getRandomValues(new Uint8Array(byteCount)));
  return {
    now: options.now ?? Date.now,
    secret: Buffer.from(random(SECRET_BYTES)).toString('hex'),
    sequence: 0,
    machines: new Map(),
    publications: new Map(),
    tags: new Map(),
    executionsByMachine: new Map(),
    revisions: new Map(),
    executions: new Map(),
    ended: new SortedList(byStop),
    names: new Map(),
    orphanNames: new Set(),
    idsByArn: new Map(),
    idsByParent: new Map(),
    runs: new Map(),
    endedRuns: new Map(),
    jobStops: new Map(),
    mapRuns: new Map(),
    outcomes: new Map(),
    children: new Map(),
    redrives: new Map(),
    sleeping: new WakeHeap(),
    untaken: new Map(),
    workers: new Map(),
    watchedWorkers: new Set(),
    activities: new Map(),
    accessKeys: new Map(),
    connections: new Map(),
    audit: new Map(),
    permits: newPermitTables(),
    approvals: new Map(),
  };
}

export function byStart(left: ExecutionRow, right: ExecutionRow): number {
  const difference = left.record.startDate - right.record.startDate;
  return difference === 0 ? compareText(left.record.executionId, right.record.executionId) : difference;
}

function byStop(left: ExecutionRow, right: ExecutionRow): number {
  const difference = (left.record.stopDate ?? 0) - (right.record.stopDate ?? 0);
  return difference === 0 ? compareText(left.record.executionId, right.record.executionId) : difference;
}

export function nameKey(stateMachineArn: string, name: string): string {
  return JSON.stringify([stateMachineArn, name]);
}

export function parentKey(parentExecutionId: string, taskId: number): string {
  return `${parentExecutionId}:${taskId}`;
}
