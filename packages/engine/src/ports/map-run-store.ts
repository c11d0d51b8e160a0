import type { ExecutionRecord, ExecutionStatus } from './execution-store.ts';
import type { NewExecution, Told } from './run-store.ts';

export type MapRunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';

/** A Distributed Map's Map Run as people see it. Its own row has the counts: nothing is ever counted by a scan. */
export interface MapRunRecord {
  /** A UUIDv7; the last part of the ARN. */
  readonly mapRunId: string;
  readonly mapRunArn: string;
  /** The execution that it is a part of. */
  readonly executionId: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly status: MapRunStatus;
  readonly startDate: number;
  readonly stopDate: number | null;
  /** 0: as many as may be. */
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number | null;
  readonly toleratedFailurePercentage: number | null;
  /** JSON text of the engine's own. */
  readonly progress: string;
  readonly redriveCount: number;
  readonly redriveDate: number | null;
}

/**
 * A Map Run that an execution's commit starts. Its run is claimed, leased, hinted, parked and committed like any other,
 * and has no execution in the list: `execution` is kept with it.
 */
export interface NewMapRun {
  /** Where it is not RUNNING it has ended with the commit that started it: it is kept for a redrive, and has no run. */
  readonly record: MapRunRecord;
  /** As its claims answer it: its id and ARN are the Map Run's, its parent is the execution and the task that waits. */
  readonly execution: ExecutionRecord;
  /** The frame `plan` of its run. */
  readonly plan: string;
  readonly checkpoint: string;
  readonly format: number;
  readonly graceMs: number;
}

/**
 * A Map Run of an execution that was redriven: it is RUNNING again, `activation` arrives, and claims answer `execution`.
 * Where its run has ended it goes on from what was kept of it, under a later epoch.
 */
export interface MapRunRedrive extends Pick<NewMapRun, 'execution' | 'graceMs'> {
  readonly activation: string;
  readonly redriveCount: number;
  readonly redriveDate: number;
}

/** A Standard child that ended without success and goes on from where it failed. */
export interface ChildRedrive {
  readonly executionId: string;
  readonly redriveCount: number;
  readonly redriveDate: number;
  readonly activation: string;
  readonly graceMs: number;
}

/** Outcomes of Express children of one page, which have no rows of their own. Later parts of a page come after earlier ones. */
export interface OutcomePart {
  readonly page: number;
  readonly part: number;
  /** JSON text. */
  readonly outcomes: string;
}

/** What a commit writes about Map Runs. */
export interface MapRunWrites {
  /** Of an execution's own commit. */
  readonly started?: readonly NewMapRun[];
  readonly redriven?: readonly MapRunRedrive[];
  /** Of a Map Run's own commit. */
  readonly own?: {
    /** null: as it was. */
    readonly progress: string | null;
    readonly status: MapRunStatus;
    readonly stopDate: number | null;
    /** Children that begin with this commit; their ids are new. */
    readonly children: readonly NewExecution[];
    readonly redrivenChildren: readonly ChildRedrive[];
    readonly outcomes: readonly OutcomePart[];
    /** Nobody will ask for the outcomes again. */
    readonly dropsOutcomes: boolean;
  };
}

export interface MapRunUpdate {
  readonly mapRunId: string;
  readonly maxConcurrency?: number;
  readonly toleratedFailureCount?: number;
  readonly toleratedFailurePercentage?: number;
  /** Tells the owner of its run. */
  readonly activation: string;
  readonly graceMs: number;
}

export interface ListChildrenQuery {
  /** A Map Run, or an execution whose tasks have started others. */
  readonly parentId: string;
  readonly status?: ExecutionStatus;
  readonly redriven?: boolean;
  /** Exclusive: the index, or the task, of the last child of the page before. */
  readonly after?: number;
  /** `items`: in the order of their items, or tasks; `newest`: the other way round. */
  readonly order: 'items' | 'newest';
  readonly limit: number;
}

export interface MapRunStore {
  findMapRun(mapRunArn: string): Promise<MapRunRecord | null>;
  /** Of an execution, newest start first. */
  listMapRuns(query: {
    readonly executionId: string;
    readonly after?: { readonly startDate: number; readonly mapRunId: string };
    readonly limit: number;
  }): Promise<MapRunRecord[]>;
  /** One transaction: the record's limits, and the arrival. null: it has ended, and is as it was. */
  updateMapRun(update: MapRunUpdate): Promise<Told | null>;
  /** Standard children. */
  listChildren(query: ListChildrenQuery): Promise<ExecutionRecord[]>;
  /** The parts of so many pages of outcomes, from the given one on, by page and part. */
  readOutcomes(query: {
    readonly mapRunId: string;
    readonly page: number;
    readonly pages: number;
  }): Promise<OutcomePart[]>;
}
