import type { MetricCounter, MetricGauge, MetricMeasure } from '@everstep/engine';

/** What a metric is called outside, and what it says: Prometheus's rules (base units, `_total` for counters). */
export interface MetricName {
  readonly name: string;
  readonly help: string;
}

/** A measure is a histogram; `scale` makes the engine's unit the outside one (milliseconds → seconds). */
export interface MeasureName extends MetricName {
  readonly scale: number;
  /** Upper bounds in the outside unit, ascending. */
  readonly buckets: readonly number[];
}

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

export const counterNames: Readonly<Record<MetricCounter, MetricName>> = {
  executionsStarted: { name: 'everstep_executions_started_total', help: 'Executions started by this process.' },
  executionsEnded: { name: 'everstep_executions_ended_total', help: 'Executions whose end this worker committed.' },
  claims: { name: 'everstep_claims_total', help: 'Executions that this worker claimed.' },
  commits: { name: 'everstep_commits_total', help: 'Checkpoints committed by this worker.' },
  commitsRefused: {
    name: 'everstep_commits_refused_total',
    help: 'Checkpoints that the store refused: fenced, overtaken by an arrival or a callback, or not storable.',
  },
  timersFired: { name: 'everstep_timers_fired_total', help: 'Timers that this worker fired.' },
  queueHints: { name: 'everstep_queue_hints_total', help: 'Hints that this worker took from the queue.' },
  dueRuns: { name: 'everstep_due_runs_total', help: 'Due executions for which this scheduler sent a hint.' },
  lapsedRuns: { name: 'everstep_lapsed_runs_total', help: 'Executions given back because their worker was dead.' },
  executionsExpired: {
    name: 'everstep_executions_expired_total',
    help: 'Closed executions that this scheduler removed after their retention.',
  },
  orphansRemoved: {
    name: 'everstep_orphans_total',
    help: 'Rows that belonged to nothing any more; more than 0 means that something outside changed the database.',
  },
  permitsGranted: { name: 'everstep_permits_granted_total', help: 'Tasks that this process gave their permits to.' },
  approvalNotices: { name: 'everstep_approval_notices_total', help: 'Notices of approvals that this scheduler sent.' },
  dutyFailures: { name: 'everstep_duty_failures_total', help: 'Turns of a scheduler duty that failed and run again.' },
};

export const measureNames: Readonly<Record<MetricMeasure, MeasureName>> = {
  timerLatenessMs: {
    name: 'everstep_timer_lateness_seconds',
    help: 'From the moment a timer (Wait, retry, time-out) was due to its firing in the worker.',
    scale: 0.001,
    buckets: SECONDS,
  },
  wakeLatenessMs: {
    name: 'everstep_wake_lateness_seconds',
    help: 'From the earliest wake_at a scheduler slept for to the moment it had sent the hints.',
    scale: 0.001,
    buckets: SECONDS,
  },
  commitMs: {
    name: 'everstep_commit_seconds',
    help: 'Duration of one group commit.',
    scale: 0.001,
    buckets: SECONDS,
  },
  commitBatch: {
    name: 'everstep_commit_batch_executions',
    help: 'Executions in one group commit.',
    scale: 1,
    buckets: SIZES,
  },
  permitWaitMs: {
    name: 'everstep_permit_wait_seconds',
    help: 'How long tasks waited for the permits of limiters, told by the process that gave them.',
    scale: 0.001,
    buckets: [...SECONDS, 300, 1_800, 7_200],
  },
  claimMs: { name: 'everstep_claim_seconds', help: 'Duration of one batch of claims.', scale: 0.001, buckets: SECONDS },
};

export const gaugeNames: Readonly<Record<MetricGauge, MetricName>> = {
  residentExecutions: { name: 'everstep_resident_executions', help: 'Executions in the memory of this worker.' },
  callsInFlight: { name: 'everstep_calls_in_flight', help: 'Outside calls that this worker performs or has waiting.' },
  leaseValid: { name: 'everstep_worker_lease_valid', help: '1 while this worker holds its lease.' },
  queueDepth: { name: 'everstep_queue_depth', help: 'Hints that wait in the queue, as this process last saw it.' },
  queueHealthy: { name: 'everstep_queue_healthy', help: '1 while the queue carries hints.' },
  storeServes: { name: 'everstep_store_serves', help: '1 while the database serves, by what this process has met.' },
  limitedTasks: {
    name: 'everstep_limited_tasks',
    help: 'Tasks that wait for the permits of limiters, as this scheduler last saw it.',
  },
  storeConnections: { name: 'everstep_store_connections', help: 'Connections of this process to the database.' },
  storeConnectionsWaited: {
    name: 'everstep_store_connections_waiting',
    help: 'Requests of this process that wait for a free connection to the database.',
  },
};
