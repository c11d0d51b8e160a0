import { createSchedulerRuntime, type EngineContext, type PeriodicDuty } from '@everstep/engine';

/** A scheduler as its process sees it. */
export interface SchedulerService {
  /** Whether the store answers, without which none of its duties can be done. */
  ready(): Promise<boolean>;
  stop(): Promise<void>;
}

/**
 * Looks after what nobody owns: due runs, lapsed workers, retention, and the duties of the store in use. Any number may
 * run.
 */
export async function startScheduler(
  context: EngineContext,
  duties: readonly PeriodicDuty[] = [],
): Promise<SchedulerService> {
  const runtime = createSchedulerRuntime(context, { duties });
  await runtime.start();
  return {
    async ready() {
      try {
        await context.store.now();
        return true;
      } catch (error) {
        context.logger.warn({ err: error }, 'the store does not answer');
        return false;
      }
    },
    stop: () => runtime.stop(),
  };
}
