import {
  type HistoryEvent,
  type HistoryEventType,
  type MapState,
  type State,
  type StateGraph,
  type StateMachine,
  type TaskState,
  constantExpression,
} from '@everstep/language';
import type { Mocks } from './mocks.ts';
import { OfflineRunError } from './offline-run.ts';

/**
 * A Distributed Map needs S3 and executions of its own, which are not here. Offline its mock stands for the whole Map
 * Run, or its children run in this process like an inline Map's iterations, over the items that the mock or ItemsPath
 * gives. Both are changes to the compiled machine, so that the interpreter knows nothing of them.
 */
export interface Prepared {
  readonly machine: StateMachine;
  /** Distributed Maps whose Map Run is mocked as a whole. */
  readonly mapRuns: ReadonlySet<string>;
}

/** Throws OfflineRunError where a Distributed Map needs a mock and has none. */
export function prepareDistributedMaps(machine: StateMachine, mocks: Mocks): Prepared {
  const mapRuns = new Set<string>();
  const prepare = (graph: StateGraph): StateGraph => ({
    startAt: graph.startAt,
    states: new Map([...graph.states].map(([name, state]) => [name, prepareState(state)])),
  });
  const prepareState = (state: State): State => {
    if (state.type === 'Parallel') return { ...state, branches: state.branches.map(prepare) };
    if (state.type !== 'Map') return state;
    if (state.mode === 'DISTRIBUTED' && mocks.answersFor(state.name)) {
      mapRuns.add(state.name);
      return mapRunTask(state);
    }
    const processor = prepare(state.processor);
    return state.mode === 'DISTRIBUTED' ? inlineMap({ ...state, processor }, mocks) : { ...state, processor };
  };
  return { machine: { ...machine, ...prepare(machine) }, mapRuns };
}

function inlineMap(state: MapState, mocks: Mocks): MapState {
  const name = JSON.stringify(state.name);
  const items = mocks.itemsOf(state.name);
  if (items === null && state.itemReader !== null) {
    throw new OfflineRunError(
      `The Distributed Map ${name} reads its items from S3. Mock them: { ${name}: { "items": [] } }`,
    );
  }
  if (state.itemBatcher !== null) {
    throw new OfflineRunError(
      `The Distributed Map ${name} batches its items, which an offline run cannot do. Mock it: { ${name}: { "result": [] } }`,
    );
  }
  return { ...state, mode: 'INLINE', ...(items === null ? {} : { items: constantExpression([...items]) }) };
}

const MAP_RUN = {
  arn: 'arn:aws:states:::everstep:mapRun',
  kind: 'integration',
  service: 'everstep',
  action: 'mapRun',
  operation: 'mapRun',
  pattern: 'requestResponse',
  syncVersion: 1,
} as const;

/** The Map as one call with the same data flow around it. */
function mapRunTask(state: MapState): TaskState {
  const { name, queryLanguage, comment, location, next, inputPath, outputPath, output, assign } = state;
  const { resultSelector, resultPath, retry, catch: catchers, variableReferences } = state;
  return {
    ...{ type: 'Task', name, queryLanguage, comment, location, next, inputPath, outputPath, output, assign },
    ...{ parameters: null, resultSelector, resultPath, retry, catch: catchers, variableReferences },
    ...{ resource: MAP_RUN, timeoutSeconds: null, heartbeatSeconds: null, credentials: null },
  };
}

const MAP_RUN_EVENTS: ReadonlyMap<HistoryEventType, HistoryEventType> = new Map([
  ['TaskStateEntered', 'MapStateEntered'],
  ['TaskScheduled', 'MapStateStarted'],
  ['TaskStarted', 'MapRunStarted'],
  ['TaskSucceeded', 'MapRunSucceeded'],
  ['TaskFailed', 'MapRunFailed'],
  ['TaskStateAborted', 'MapStateAborted'],
  ['TaskStateExited', 'MapStateExited'],
]);

/** An event of a mocked Map Run under the name that it would have. */
export function asMapRunEvent(event: HistoryEvent, mapRunArn: string): HistoryEvent {
  const type = MAP_RUN_EVENTS.get(event.type);
  if (type === undefined) return event;
  const { id, previousEventId, timestamp, stateEnteredEventDetails, stateExitedEventDetails, taskFailedEventDetails } =
    event;
  const plain = {
    ...{ id, previousEventId, timestamp, type },
    ...(stateEnteredEventDetails === undefined ? {} : { stateEnteredEventDetails }),
    ...(stateExitedEventDetails === undefined ? {} : { stateExitedEventDetails }),
  };
  if (type === 'MapRunStarted') return { ...plain, mapRunStartedEventDetails: { mapRunArn } };
  if (taskFailedEventDetails === undefined) return plain;
  const { error, cause } = taskFailedEventDetails;
  return {
    ...plain,
    mapRunFailedEventDetails: { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) },
  };
}
