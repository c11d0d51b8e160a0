import { defineOperation, type EmptyOutput } from '../operation.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface WorkerListItem {
  readonly workerId: string;
  readonly host: string;
  /** Until when others leave its executions to it. */
  readonly leaseDate: EpochSeconds;
  readonly alive: boolean;
  /** Executions that it owns at present. */
  readonly executions: number;
}

export interface DescribeInstallationOutput {
  readonly region: string;
  /** Of the caller. */
  readonly accountId: string;
  /** By the store's clock. */
  readonly date: EpochSeconds;
  /** Those of the last day, the living first. */
  readonly workers: readonly WorkerListItem[];
  readonly queue: { readonly healthy: boolean; readonly depth?: number; readonly reason?: string };
  readonly store: { readonly status: string; readonly reason?: string };
  /** How long the most overdue execution waits already for somebody to look at it; 0 where none is overdue. */
  readonly overdueSeconds: number;
}

/** Everstep's own: the health of what runs the executions. */
export const describeInstallation = defineOperation<EmptyOutput, DescribeInstallationOutput>({
  name: 'DescribeInstallation',
  members: () => ({}),
});
