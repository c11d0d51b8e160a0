export * from './access/access-keys.ts';
export * from './access/master-keys.ts';
export { Batcher } from './batcher.ts';
export * from './catalog/aliases.ts';
export * from './catalog/configuration.ts';
export * from './catalog/create-activity.ts';
export * from './catalog/create-state-machine.ts';
export * from './catalog/delete-activity.ts';
export * from './catalog/delete-state-machine.ts';
export * from './catalog/delete-state-machine-version.ts';
export * from './catalog/find-state-machine.ts';
export * from './catalog/finish-deletions.ts';
export * from './catalog/publish-state-machine-version.ts';
export * from './catalog/tag-resource.ts';
export * from './catalog/update-state-machine.ts';
export * from './context.ts';
export * from './execution-ids.ts';
export * from './express/start-sync-execution.ts';
export * from './get-activity-task.ts';
export { UnusableRevisionError } from './machine-cache.ts';
export { qualifiedArns } from './run-image.ts';
export * from './resolve-task.ts';
export * from './scheduler/duties.ts';
export * from './scheduler/scheduler-runtime.ts';
export * from './start-execution.ts';
export * from './stop-execution.ts';
export * from './quiet-logger.ts';
export * from './test-state/test-state.ts';
export * from './store-clock.ts';
export * from './store-readiness.ts';
export { taskKey } from './task-tokens.ts';
export {
  createWorkerRuntime,
  type WorkerRuntime,
  type WorkerRuntimeOptions,
  type WorkerStatus,
} from './worker/worker-runtime.ts';
export * from './ports/access-key-store.ts';
export * from './ports/activity-store.ts';
export * from './ports/audit-store.ts';
export * from './ports/alias-store.ts';
export * from './ports/catalog-store.ts';
export * from './ports/api-models.ts';
export * from './ports/clock.ts';
export * from './ports/execution-log.ts';
export * from './ports/execution-store.ts';
export * from './ports/function-invoker.ts';
export * from './ports/hint-queue.ts';
export * from './ports/id-source.ts';
export * from './ports/integration.ts';
export * from './ports/logger.ts';
export * from './ports/metrics.ts';
export * from './ports/run-store.ts';
export * from './ports/store.ts';
export * from './ports/tag-store.ts';
export * from './ports/token-store.ts';
export * from './ports/version-store.ts';
export * from './ports/worker-store.ts';
export { HintDispatcher, type HintDispatcherOptions } from './hint-dispatcher.ts';
