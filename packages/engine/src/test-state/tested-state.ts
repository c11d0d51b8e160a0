import {
  type Diagnostic,
  type State,
  definitionError,
  findState,
  parseSingleState,
  parseStateMachine,
} from '@everstep/language';
import { ApiError, type operations } from '@everstep/protocol';

type TestStateInput = operations.TestStateInput;

const MOCKABLE: ReadonlySet<State['type']> = new Set<State['type']>(['Task', 'Map', 'Parallel']);
const WITHOUT_MOCK = '[Task, Wait, Pass, Succeed, Fail, Choice]';

/**
 * The state under test, once all that can be said against testing it so has not been said.
 * Errors: InvalidDefinition, ValidationException.
 */
export function testedState(input: TestStateInput): State {
  const state = parse(input);
  const { mock, roleArn, stateConfiguration = {} } = input;
  if (mock === undefined) {
    requireNoMock(state);
    if (state.type === 'Task' && roleArn === undefined) {
      throw invalid('RoleArn must be specified when testing a Task state');
    }
    return state;
  }
  if (!MOCKABLE.has(state.type)) throw invalid(`State type '${state.type}' is not supported when a mock is specified`);
  requireFitting(state, stateConfiguration);
  return state;
}

function parse({ definition, stateName }: TestStateInput): State {
  if (stateName === undefined) {
    const { state, diagnostics } = parseSingleState(definition, { type: 'STANDARD' });
    return state ?? refuse(diagnostics, definition);
  }
  const { machine, diagnostics } = parseStateMachine(definition, { type: 'STANDARD' });
  if (machine === null) return refuse(diagnostics, definition);
  const state = findState(machine, stateName);
  if (state === null) throw invalid('State not found in definition');
  return state;
}

function refuse(diagnostics: readonly Diagnostic[], definition: string): never {
  throw new ApiError('InvalidDefinition', definitionError(diagnostics, definition));
}

/** What has no answer within one call is tested with a mock only. */
function requireNoMock(state: State): void {
  if (state.type === 'Map' || state.type === 'Parallel') {
    throw unsupported(`Map or Parallel states. Supported state types include: ${WITHOUT_MOCK}`);
  }
  if (state.type !== 'Task') return;
  const { kind, pattern } = state.resource;
  if (kind === 'activity') throw unsupported('Activity tasks');
  if (pattern !== 'requestResponse') {
    throw unsupported('.sync or .waitForTaskToken service integration patterns');
  }
}

function requireFitting(state: State, configuration: operations.TestStateConfiguration): void {
  const { errorCausedByState, mapIterationFailureCount, mapItemReaderData } = configuration;
  if (errorCausedByState !== undefined) {
    if (state.type !== 'Map' && state.type !== 'Parallel') throw onlyFor('ErrorCausedByState', 'Map or Parallel');
    const graphs = state.type === 'Map' ? [state.processor] : state.branches;
    if (graphs.every((graph) => findState(graph, errorCausedByState) === null)) {
      throw invalid('State not found in definition');
    }
  }
  if (mapIterationFailureCount !== undefined && state.type !== 'Map') throw onlyFor('MapIterationFailureCount', 'Map');
  if (mapItemReaderData !== undefined && (state.type !== 'Map' || state.itemReader === null)) {
    throw onlyFor('MapItemReaderData', 'Distributed Map');
  }
}

function onlyFor(field: string, types: string): ApiError {
  const condition = types === 'Distributed Map' ? ' with an ItemReader' : '';
  return invalid(`TestState supports ${field} for ${types} states${condition} only.`);
}

function unsupported(what: string): ApiError {
  return new ApiError('InvalidDefinition', `TestState API does not support ${what}`);
}

export function invalid(message: string): ApiError {
  return new ApiError('ValidationException', message);
}
