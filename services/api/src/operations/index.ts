import { ApiError } from '@everstep/protocol';
import type { Route } from '../api-context.ts';
import { createActivityRoute } from './create-activity.ts';
import { createConnectionRoute } from './create-connection.ts';
import { createStateMachineAliasRoute } from './create-state-machine-alias.ts';
import { createStateMachineRoute } from './create-state-machine.ts';
import { deauthorizeConnectionRoute } from './deauthorize-connection.ts';
import { deleteActivityRoute } from './delete-activity.ts';
import { deleteConnectionRoute } from './delete-connection.ts';
import { deleteStateMachineAliasRoute } from './delete-state-machine-alias.ts';
import { deleteStateMachineVersionRoute } from './delete-state-machine-version.ts';
import { deleteStateMachineRoute } from './delete-state-machine.ts';
import { describeActivityRoute } from './describe-activity.ts';
import { describeConnectionRoute } from './describe-connection.ts';
import { describeExecutionRoute } from './describe-execution.ts';
import { describeInstallationRoute } from './describe-installation.ts';
import { deleteLimiterRoute } from './delete-limiter.ts';
import { describeLimiterRoute } from './describe-limiter.ts';
import { describeMapRunRoute } from './describe-map-run.ts';
import { describeStateMachineAliasRoute } from './describe-state-machine-alias.ts';
import { describeStateMachineForExecutionRoute } from './describe-state-machine-for-execution.ts';
import { describeStateMachineRoute } from './describe-state-machine.ts';
import { getActivityTaskRoute } from './get-activity-task.ts';
import { getExecutionHistoryRoute } from './get-execution-history.ts';
import { getFunctionLogsRoute } from './get-function-logs.ts';
import { getHistoryEventsRoute } from './get-history-events.ts';
import { getOverviewRoute } from './get-overview.ts';
import { getStateFiguresRoute } from './get-state-figures.ts';
import { listActivitiesRoute } from './list-activities.ts';
import { listConnectionsRoute } from './list-connections.ts';
import { listExecutionsRoute } from './list-executions.ts';
import { listLimiterTasksRoute } from './list-limiter-tasks.ts';
import { listLimitersRoute } from './list-limiters.ts';
import { listMapRunsRoute } from './list-map-runs.ts';
import { listStateMachineAliasesRoute } from './list-state-machine-aliases.ts';
import { listStateMachineVersionsRoute } from './list-state-machine-versions.ts';
import { listStateMachinesRoute } from './list-state-machines.ts';
import { listTagsForResourceRoute } from './list-tags-for-resource.ts';
import { claimApprovalRoute } from './claim-approval.ts';
import { commentApprovalRoute } from './comment-approval.ts';
import { decideApprovalRoute } from './decide-approval.ts';
import { delegateApprovalRoute } from './delegate-approval.ts';
import { describeApprovalRoute } from './describe-approval.ts';
import { releaseApprovalRoute } from './release-approval.ts';
import { listApprovalsRoute } from './list-approvals.ts';
import { listTasksRoute } from './list-tasks.ts';
import { pauseLimiterRoute } from './pause-limiter.ts';
import { publishStateMachineVersionRoute } from './publish-state-machine-version.ts';
import { putLimiterRoute } from './put-limiter.ts';
import { redriveExecutionRoute } from './redrive-execution.ts';
import { searchExecutionsRoute } from './search-executions.ts';
import { resumeLimiterRoute } from './resume-limiter.ts';
import { sendTaskFailureRoute } from './send-task-failure.ts';
import { sendTaskHeartbeatRoute } from './send-task-heartbeat.ts';
import { sendTaskSuccessRoute } from './send-task-success.ts';
import { startExecutionRoute } from './start-execution.ts';
import { startSyncExecutionRoute } from './start-sync-execution.ts';
import { stopExecutionRoute } from './stop-execution.ts';
import { tagResourceRoute } from './tag-resource.ts';
import { testStateRoute } from './test-state.ts';
import { untagResourceRoute } from './untag-resource.ts';
import { updateConnectionRoute } from './update-connection.ts';
import { updateMapRunRoute } from './update-map-run.ts';
import { updateStateMachineAliasRoute } from './update-state-machine-alias.ts';
import { updateStateMachineRoute } from './update-state-machine.ts';
import { validateStateMachineDefinitionRoute } from './validate-state-machine-definition.ts';

const AWS_ROUTES: ReadonlyMap<string, Route> = table([
  createActivityRoute,
  createStateMachineAliasRoute,
  createStateMachineRoute,
  deleteActivityRoute,
  deleteStateMachineAliasRoute,
  deleteStateMachineRoute,
  deleteStateMachineVersionRoute,
  describeActivityRoute,
  describeExecutionRoute,
  describeMapRunRoute,
  describeStateMachineAliasRoute,
  describeStateMachineForExecutionRoute,
  describeStateMachineRoute,
  getActivityTaskRoute,
  getExecutionHistoryRoute,
  listActivitiesRoute,
  listExecutionsRoute,
  listMapRunsRoute,
  listStateMachineAliasesRoute,
  listStateMachineVersionsRoute,
  listStateMachinesRoute,
  listTagsForResourceRoute,
  publishStateMachineVersionRoute,
  redriveExecutionRoute,
  sendTaskFailureRoute,
  sendTaskHeartbeatRoute,
  sendTaskSuccessRoute,
  startExecutionRoute,
  startSyncExecutionRoute,
  stopExecutionRoute,
  tagResourceRoute,
  testStateRoute,
  untagResourceRoute,
  updateMapRunRoute,
  updateStateMachineAliasRoute,
  updateStateMachineRoute,
  validateStateMachineDefinitionRoute,
]);

/** EventBridge's operations on connections. */
const EVENTS_ROUTES: ReadonlyMap<string, Route> = table([
  createConnectionRoute,
  deauthorizeConnectionRoute,
  deleteConnectionRoute,
  describeConnectionRoute,
  listConnectionsRoute,
  updateConnectionRoute,
]);

/** Operations that AWS does not have, under the target prefix `Everstep`. */
const EVERSTEP_ROUTES: ReadonlyMap<string, Route> = table([
  describeInstallationRoute,
  getFunctionLogsRoute,
  getHistoryEventsRoute,
  getOverviewRoute,
  getStateFiguresRoute,
  listTasksRoute,
  listApprovalsRoute,
  claimApprovalRoute,
  commentApprovalRoute,
  decideApprovalRoute,
  delegateApprovalRoute,
  describeApprovalRoute,
  releaseApprovalRoute,
  searchExecutionsRoute,
  deleteLimiterRoute,
  describeLimiterRoute,
  listLimiterTasksRoute,
  listLimitersRoute,
  pauseLimiterRoute,
  putLimiterRoute,
  resumeLimiterRoute,
]);

const ROUTES: ReadonlyMap<string, ReadonlyMap<string, Route>> = new Map([
  ['AWSStepFunctions', AWS_ROUTES],
  ['AWSEvents', EVENTS_ROUTES],
  ['Everstep', EVERSTEP_ROUTES],
]);

/** AWS's signing name of what X-Amz-Target names. */
export function serviceOf(target: string | undefined): 'states' | 'events' {
  return target?.startsWith('AWSEvents.') === true ? 'events' : 'states';
}

/** Finds the operation that X-Amz-Target names. Errors: UnknownOperationException. */
export function findRoute(target: string | undefined): Route {
  if (target === undefined || target === '') {
    throw new ApiError('UnknownOperationException', 'The header X-Amz-Target is missing: it names the operation.');
  }
  const dot = target.indexOf('.');
  const prefix = target.slice(0, Math.max(dot, 0));
  const name = target.slice(dot + 1);
  const found = ROUTES.get(prefix)?.get(name);
  if (found !== undefined) return found;
  throw new ApiError('UnknownOperationException', `Unknown operation: '${target.slice(0, 200)}'`);
}

function table(routes: readonly Route[]): ReadonlyMap<string, Route> {
  return new Map(routes.map((route) => [route.operation, route]));
}
