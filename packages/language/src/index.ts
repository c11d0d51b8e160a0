export * from './json.ts';
export * from './errors.ts';
export * from './history-event.ts';
export * from './activation.ts';
export * from './command.ts';
export * from './execution-state.ts';
export * from './syntax/state-machine.ts';
export * from './syntax/diagnostics.ts';
export * from './data/expression.ts';
export * from './data/path-expression.ts';
export * from './data/intrinsic-expression.ts';
export * from './data/payload-template.ts';
export * from './data/equality.ts';
export * from './syntax/parse.ts';
export { variableReferences } from './syntax/variable-references.ts';
export * from './syntax/timestamp.ts';
export * from './states/choice-condition.ts';
export { transition } from './transition.ts';
export { type ExecutionFailure, failExecution, NO_MACHINE } from './fail-execution.ts';
export { SingleStep, type SingleStepOptions, type StepWaiting } from './single-step.ts';
export type { InspectedExit, InspectedMap, InspectedStage, Inspection } from './inspection.ts';
export { createItemScanner, type ItemFormat, type ItemScanner } from './items/item-scanner.ts';
export { itemReaderFailed, MAXIMUM_ITEM_CHARACTERS } from './items/item-errors.ts';
export { findMapState, labelOf } from './syntax/map-labels.ts';
export { loadMapRunPlan, type MapRunPlan, saveMapRunPlan } from './map-run/map-run-plan.ts';
export { type EvaluatedStorage, MapRunWork, plannedItem } from './map-run/map-run-work.ts';
export type { FullBatch, ItemBatches } from './map-run/item-batches.ts';
export { tooLarge } from './states/pipeline.ts';
export { findState } from './syntax/find-state.ts';
export type { StartingTask, Surroundings } from './run.ts';
export {
  createExecution,
  isInCheckpoint,
  loadExecution,
  loadOpenWork,
  recordIds,
  saveHead,
  saveRecord,
  type StoredRecord,
  type StoredWork,
} from './checkpoint.ts';
export { type FormatUpgrade, KNOWN_FORMATS } from './format-upgrades.ts';
export { nextPoll, nextTimer } from './timers.ts';
export { canContinue, pendingTasks, scheduleCommand } from './tasks.ts';
export { formatTaskToken, type ParsedTaskToken, parseTaskToken, taskTokenMac } from './task-token.ts';
export { randomSource } from './random.ts';
export * from './limits.ts';
export * from './data/plain-scope.ts';
export * from './data/limits.ts';
export { INTRINSIC_FUNCTIONS } from './data/intrinsics/registry.ts';
export type { IntrinsicFunction } from './data/intrinsics/intrinsic-function.ts';
export { compileJsonata, JSONATA_FUNCTION_NAMES, type JsonataExpression } from './data/jsonata/compile.ts';
export type { JsonataBindings } from './data/jsonata/run.ts';
export { type OwnOperation, ownOperation, parameterProblems } from './syntax/own-integrations.ts';
export { readJsonSource } from './source/json-source.ts';
export { locate, type Place, type SourceMember, type SourceNode, type Span } from './source/source-node.ts';
export { spanOf } from './source/finding-span.ts';
export { COMMON_FIELD_NAMES, editDistance, nearest, suggestionFor } from './source/suggestion.ts';
export { OPTIMIZED_INTEGRATIONS } from './syntax/optimized-integrations.ts';
