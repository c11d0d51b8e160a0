import type { ExecutionLog } from '@everstep/engine';

/** Writes to each of several logs. */
export function allLogs(logs: readonly ExecutionLog[]): ExecutionLog {
  return {
    write(target, events) {
      for (const log of logs) log.write(target, events);
    },
    async close(timeoutMs) {
      await Promise.all(logs.map((log) => log.close(timeoutMs)));
    },
  };
}
