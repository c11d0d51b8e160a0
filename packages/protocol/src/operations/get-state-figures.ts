import { requireArn } from '../arn.ts';
import { integer } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface GetStateFiguresInput {
  /** How far it looks back, in seconds (3,600). */
  readonly periodSeconds?: number;
  /** Of one machine; absent: of all of the account. */
  readonly stateMachineArn?: string;
}

/** How long visits of a state took, in seconds, with all that happened within it. */
export interface StateDuration {
  readonly stateMachineArn: string;
  readonly stateName: string;
  /** `Task`, `Map`, … */
  readonly stateType: string;
  readonly visits: number;
  readonly p50: number;
  readonly p95: number;
  readonly longest: number;
}

/** A state in which executions failed or timed out. */
export interface FailingState {
  readonly stateMachineArn: string;
  readonly stateName: string;
  readonly executions: number;
  /** The error that most of them ended with. */
  readonly error: string;
  /** The newest of them. */
  readonly executionArn: string;
  readonly startDate: EpochSeconds;
}

export interface GetStateFiguresOutput {
  /** Ended executions whose histories were looked into for `slowest`: the newest of the period. */
  readonly executions: number;
  /** The same of those that failed or timed out, for `failing`. */
  readonly failedExecutions: number;
  /** Whether there were more than were looked into. */
  readonly isPart: boolean;
  /** Executions whose histories cannot be read, because their key is not there. */
  readonly notRead: number;
  /** The slowest first, without Wait states, which take as long as they are told to; at most 20. */
  readonly slowest: readonly StateDuration[];
  /** Those that failed most first, at most 20. */
  readonly failing: readonly FailingState[];
}

/** Everstep's own: the slowest and the most failing states of the newest executions, at a bounded cost. */
export const getStateFigures = defineOperation<GetStateFiguresInput, GetStateFiguresOutput>({
  name: 'GetStateFigures',
  members: (member) => ({
    periodSeconds: member('periodSeconds', integer({ min: 60, max: 90 * 86_400 })),
    stateMachineArn: member('stateMachineArn', ARN),
  }),
  check: ({ stateMachineArn }) => {
    if (stateMachineArn !== undefined) requireArn(stateMachineArn, 'stateMachine');
  },
});
