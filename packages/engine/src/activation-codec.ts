import {
  type Activation,
  type Json,
  type JsonObject,
  type MapRunResult,
  type TaskResult,
  InvariantError,
  errorOf,
  isObject,
  parseJson,
} from '@everstep/language';

/** Activations travel through the inbox as JSON text, numbers kept losslessly. */
export function encodeActivation(activation: Activation): string {
  return JSON.stringify(activation);
}

/** The text was written by {@link encodeActivation}; anything else is a broken invariant. */
export function decodeActivation(text: string): Activation {
  const value = parseJson(text);
  if (!isObject(value) || typeof value['at'] !== 'number') throw broken(text);
  const at = value['at'];
  switch (value['type']) {
    case 'Start':
    case 'Continue':
    case 'TimerFired':
      return { at, type: value['type'] };
    case 'TaskSubmitted':
      return {
        at,
        type: 'TaskSubmitted',
        taskId: number(value, 'taskId', text),
        output: value['output'] ?? null,
        ...startedJob(value, text),
      };
    case 'TaskPolled':
      return {
        at,
        type: 'TaskPolled',
        taskId: number(value, 'taskId', text),
        count: number(value, 'count', text),
        pollAt: number(value, 'pollAt', text),
      };
    case 'TaskResult':
    case 'ChildResult':
      return { at, type: value['type'], taskId: number(value, 'taskId', text), result: taskResult(value, text) };
    case 'TaskPermitted':
      return { at, type: 'TaskPermitted', taskId: number(value, 'taskId', text) };
    case 'ActivityStarted': {
      const workerName = value['workerName'];
      return {
        at,
        type: 'ActivityStarted',
        taskId: number(value, 'taskId', text),
        workerName: typeof workerName === 'string' ? workerName : null,
      };
    }
    case 'Heartbeat':
      return {
        at,
        type: 'Heartbeat',
        taskId: number(value, 'taskId', text),
        deadline: number(value, 'deadline', text),
      };
    case 'MapRunEnded':
      return {
        at,
        type: 'MapRunEnded',
        taskId: number(value, 'taskId', text),
        result: mapRunResult(value, text),
      };
    case 'Stop':
      return { at, type: 'Stop', ...strings(value) };
    case 'Redrive':
      return { at, type: 'Redrive', redriveCount: number(value, 'redriveCount', text) };
    default:
      throw broken(text);
  }
}

/**
 * The order in which arrivals are applied: a Redrive (nothing can happen to what has ended), a Stop before all that might
 * end the execution otherwise (a Start may, where nothing waits), then the rest as it came.
 */
export function inOrder(activations: readonly Activation[]): Activation[] {
  const rank = ({ type }: Activation): number => (type === 'Redrive' ? 0 : type === 'Stop' ? 1 : 2);
  return activations.toSorted((a, b) => rank(a) - rank(b));
}

function taskResult(value: JsonObject, text: string): TaskResult {
  const result = value['result'];
  if (!isObject(result)) throw broken(text);
  if (result['ok'] === true) return { ok: true, output: result['output'] ?? null };
  const { stage, retryAfterMs } = result;
  const failure = {
    ok: false,
    ...strings(result),
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
  } as const;
  if (stage === 'run' || stage === 'start' || stage === 'submit' || stage === 'schedule') return { ...failure, stage };
  return failure;
}

function startedJob(value: JsonObject, text: string): { started?: { job: Json; pollAt: number } } {
  const started = value['started'];
  if (!isObject(started)) return {};
  return { started: { job: started['job'] ?? null, pollAt: number(started, 'pollAt', text) } };
}

function mapRunResult(value: JsonObject, text: string): MapRunResult {
  const result = taskResult(value, text);
  return result.ok ? result : { ok: false, ...errorOf(result) };
}

function strings(value: JsonObject): { error?: string; cause?: string } {
  const { error, cause } = value;
  return {
    ...(typeof error === 'string' ? { error } : {}),
    ...(typeof cause === 'string' ? { cause } : {}),
  };
}

function number(value: JsonObject, member: string, text: string): number {
  const found = value[member];
  if (typeof found !== 'number') throw broken(text);
  return found;
}

function broken(text: string): InvariantError {
  return new InvariantError(`an inbox row holds no activation: ${text.slice(0, 200)}`);
}
