import { createSchedulerRuntime, type EngineContext } from '@everstep/engine';

/** A scheduler as its process sees it. */
export interface SchedulerService {
  /** Whether the store answers, without which none of its duties can be done. */
  ready(): Promise<boolean>;
  stop(): Promise<void>;
}

/** Looks after what nobody owns: due runs, lapsed workers, retention. Any number may run. */
export async function startScheduler(context: EngineContext): Promise<SchedulerService> {
  const runtime = createSchedulerRuntime(context);
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
