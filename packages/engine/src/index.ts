export * from './access/access-keys.ts';
export * from './access/master-keys.ts';
export * from './approvals/approval-duties.ts';
export * from './approvals/approval-links.ts';
export {
  type Approval,
  COMMENT_LENGTH,
  NO_QUORUM_ERROR,
  type Person,
  peopleOf,
  readApproval,
  refusalFor,
  votesFor,
} from './approvals/approval-progress.ts';
export {
  ApprovalParameterError,
  type ApprovalNotify,
  type ApprovalRequest,
  REJECTED_ERROR,
} from './approvals/approval-request.ts';
export {
  type AskingTask,
  approvalArnOf,
  askForApproval,
  claimApproval,
  commentApproval,
  decideApproval,
  delegateApproval,
  findApproval,
  releaseApproval,
} from './approvals/approvals.ts';
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
export { childResultTexts, type ResultTransformation } from './child-results.ts';
export * from './connections/connection-credentials.ts';
export { allConnections, openParameters, resealConnections } from './connections/connection-secrets.ts';
export * from './connections/connections.ts';
export * from './context.ts';
export { encryptedStore, type EncryptedStoreOptions } from './encryption/encrypted-store.ts';
export * from './execution-ids.ts';
export * from './express/start-sync-execution.ts';
export * from './get-activity-task.ts';
export * from './limiters/limiter-settings.ts';
export * from './limiters/manage-limiters.ts';
export * from './limiters/permit-room.ts';
export { laneOf, LANES, withLane } from './lane.ts';
export { splitJsonArray } from './json-array.ts';
export { isDeeperThan } from './json-depth.ts';
export { childIdOfArn, isMapChild, labelOfArn, labelledArn, mapRunArnOf } from './map-run/map-children.ts';
export { type Counts, loadProgress, type MapRunProgress, pendingOf } from './map-run/map-run-state.ts';
export { FAILURE_FRAME } from './map-run/map-run-failure.ts';
export { updateMapRun, type UpdateMapRunRequest } from './map-run/update-map-run.ts';
export { type CompiledRevision, compileRevision, MachineCache, UnusableRevisionError } from './machine-cache.ts';
export { qualifiedArns } from './run-image.ts';
export { parseHostEntry } from './outgoing/host-entry.ts';
export { parseServerAddress, type ServerAddress } from './server-address.ts';
export * from './outgoing/outgoing-policy.ts';
export * from './redrive-execution.ts';
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
export * from './ports/approval-notifier.ts';
export * from './ports/approval-store.ts';
export * from './ports/activity-store.ts';
export * from './ports/audit-store.ts';
export * from './ports/alias-store.ts';
export * from './ports/catalog-store.ts';
export * from './ports/api-models.ts';
export * from './ports/clock.ts';
export * from './ports/connection-store.ts';
export * from './ports/encryption-keys.ts';
export * from './ports/execution-log.ts';
export * from './ports/execution-store.ts';
export * from './ports/function-invoker.ts';
export * from './ports/hint-queue.ts';
export * from './ports/id-source.ts';
export * from './ports/integration.ts';
export * from './ports/item-storage.ts';
export * from './ports/job-stop-store.ts';
export * from './ports/limiter-store.ts';
export * from './ports/local-functions.ts';
export * from './ports/logger.ts';
export * from './ports/map-run-store.ts';
export * from './ports/metrics.ts';
export * from './ports/outgoing.ts';
export * from './ports/quarantine.ts';
export * from './ports/redrive-store.ts';
export * from './ports/run-store.ts';
export * from './ports/store.ts';
export * from './ports/tag-store.ts';
export * from './ports/token-store.ts';
export * from './ports/version-store.ts';
export * from './ports/worker-store.ts';
export { HintDispatcher, type HintDispatcherOptions } from './hint-dispatcher.ts';
