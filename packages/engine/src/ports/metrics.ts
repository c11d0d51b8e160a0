/** Things that happen, counted since the process began. */
export type MetricCounter =
  | 'executionsStarted'
  | 'executionsEnded'
  | 'claims'
  | 'commits'
  | 'commitsRefused'
  | 'timersFired'
  | 'queueHints'
  | 'dueRuns'
  | 'lapsedRuns'
  | 'executionsExpired'
  | 'orphansRemoved'
  | 'dutyFailures'
  | 'permitsGranted'
  | 'approvalNotices';

/** Things that take a time or have a size. Times are in milliseconds. */
export type MetricMeasure =
  | 'timerLatenessMs'
  | 'wakeLatenessMs'
  | 'commitMs'
  | 'commitBatch'
  | 'claimMs'
  | 'permitWaitMs';

/** Figures that are read at the moment when somebody asks. */
export type MetricGauge =
  | 'residentExecutions'
  | 'callsInFlight'
  | 'leaseValid'
  | 'queueDepth'
  | 'queueHealthy'
  | 'storeServes'
  | 'storeConnections'
  | 'storeConnectionsWaited'
  | 'limitedTasks';

/**
 * What the runtime counts and measures of itself. No verb throws or waits. The adapter (telemetry) knows what each is
 * called outside; nothing that a user sent ever becomes part of a name.
 */
export interface Metrics {
  count(counter: MetricCounter, by?: number): void;
  observe(measure: MetricMeasure, value: number): void;
  /** `read` is asked whenever somebody looks; a later one replaces it, `null` ends it. */
  gauge(gauge: MetricGauge, read: (() => number) | null): void;
}

export const silentMetrics: Metrics = {
  count: () => undefined,
  observe: () => undefined,
  gauge: () => undefined,
};
