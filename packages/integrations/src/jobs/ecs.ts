import { type Json, type JsonObject, isObject } from '@everstep/language';
import { type JobKind, type JobState, named, valueAt } from './job-kind.ts';

/** DescribeTasks may not know a task yet that RunTask has just started. */
const UNKNOWN_AT_FIRST = 5;

/** `ecs:runTask.sync`: until every task has stopped; a container that did not end with 0 fails it. */
export const ecsRunTask: JobKind = {
  identify(answer, parameters) {
    const tasks = listAt(answer, 'Tasks');
    const arns = tasks.flatMap((task) => (typeof task['TaskArn'] === 'string' ? [task['TaskArn']] : []));
    const cluster = tasks[0]?.['ClusterArn'] ?? parameters['Cluster'] ?? 'default';
    return arns.length === 0 ? null : named({ Cluster: cluster, Tasks: arns });
  },
  describe: 'describeTasks',
  read(answer, asked): JobState {
    const tasks = listAt(answer, 'Tasks');
    const missing = listAt(answer, 'Failures');
    if (missing.length > 0 || tasks.length === 0) {
      const trouble = 'ECS does not describe a task that it has started';
      return asked <= UNKNOWN_AT_FIRST ? { type: 'running', trouble } : { type: 'failed', output: answer };
    }
    if (tasks.some((task) => task['LastStatus'] !== 'STOPPED')) return { type: 'running' };
    const [first] = tasks;
    const output: Json = tasks.length === 1 && first !== undefined ? first : { Tasks: tasks };
    return { type: tasks.every(isSuccess) ? 'succeeded' : 'failed', output };
  },
  stop: {
    operation: 'stopTask',
    parameters: ({ Cluster, Tasks }) => ({
      Cluster: Cluster ?? null,
      Task: valueAt(Tasks, [0]) ?? null,
      Reason: 'The state that has started this task no longer waits for it.',
    }),
  },
};

function isSuccess(task: JsonObject): boolean {
  const code = task['StopCode'] ?? null;
  if (code !== null && code !== 'EssentialContainerExited') return false;
  // What has no exit code was never started.
  return listAt(task, 'Containers').every((container) => container['ExitCode'] === 0);
}

function listAt(value: JsonObject, name: string): JsonObject[] {
  const list = value[name];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** What AWS calls a RunTask that started nothing: the answer is the cause. */
export const NOTHING_STARTED = 'AmazonECS.Unknown';
