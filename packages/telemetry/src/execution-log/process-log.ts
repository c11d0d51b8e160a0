import type { ExecutionLog, Logger } from '@everstep/engine';

/** Execution logs as lines of the process's own log, the event as AWS writes it under `executionEvent`. */
export function createProcessLog(logger: Logger): ExecutionLog {
  return {
    write({ stateMachineArn }, events) {
      for (const { message } of events) {
        const executionEvent: unknown = JSON.parse(message);
        logger.info({ stateMachineArn, executionEvent }, 'execution event');
      }
    },
    close: () => Promise.resolve(),
  };
}
