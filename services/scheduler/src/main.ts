import {
  type ApprovalDutyOptions,
  createSchedulerRuntime,
  type EngineContext,
  type PeriodicDuty,
  type Readiness,
  storeReadiness,
} from '@everstep/engine';

const READY_MS = 2_000;

/** A scheduler as its process sees it. */
export interface SchedulerService {
  /** Whether the store serves, without which none of its duties can be done; and why not. */
  ready(): Promise<Readiness>;
  stop(): Promise<void>;
}

export interface SchedulerServiceOptions {
  /** Those of the store in use. */
  readonly duties?: readonly PeriodicDuty[];
  /** How people are told of approvals. */
  readonly approvals?: ApprovalDutyOptions;
}

/**
 * Looks after what nobody owns: due runs, lapsed workers, retention, and the duties of the store in use. Any number may
 * run.
 */
export async function startScheduler(
  context: EngineContext,
  { duties = [], approvals }: SchedulerServiceOptions = {},
): Promise<SchedulerService> {
  const runtime = createSchedulerRuntime(context, { duties, ...(approvals === undefined ? {} : { approvals }) });
  await runtime.start();
  return {
    ready: () => storeReadiness(context.store, READY_MS),
    stop: () => runtime.stop(),
  };
}
