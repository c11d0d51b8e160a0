import { type Json, JsonSyntaxError, type State, type TaskResult, parseJson } from '@everstep/language';
import { QUOTAS, type operations } from '@everstep/protocol';
import { isDeeperThan } from '../json-depth.ts';
import type { ApiModels } from '../ports/api-models.ts';
import { mockAnswerProblem } from './mock-answer.ts';
import { answerModel } from './mock-model.ts';
import { invalid } from './tested-state.ts';

/** What the mock answers, once it could be an answer of the state's work. Errors: ValidationException. */
export async function mockedResult(state: State, mock: operations.MockInput, models: ApiModels): Promise<TaskResult> {
  if (mock.result === undefined) {
    const { error, cause } = mock.errorOutput ?? {};
    return { ok: false, ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
  }
  const output = parse(mock.result);
  if (state.type === 'Parallel') requireResults(output, state.branches.length);
  // With a ResultWriter a Map's result tells where the results are.
  else if (state.type === 'Map' && !writesResults(state)) requireArray(output);
  else await requireModel(state, output, mock.fieldValidationMode ?? 'STRICT', models);
  return { ok: true, output };
}

function parse(text: string): Json {
  if (isDeeperThan(text, QUOTAS.jsonDepth)) throw invalid('Mocked result is nested too deeply');
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw invalid('Mocked result must be valid JSON');
  }
}

function writesResults(state: State & { type: 'Map' }): boolean {
  return state.resultWriter !== null;
}

function requireArray(output: Json): asserts output is Json[] {
  if (!Array.isArray(output)) throw invalid('Mocked result must be an array.');
}

function requireResults(output: Json, branches: number): void {
  requireArray(output);
  if (output.length !== branches) {
    throw invalid('Mocked result must contain the same number of items as number of Parallel branches.');
  }
}

async function requireModel(
  state: State,
  output: Json,
  mode: operations.FieldValidationMode,
  models: ApiModels,
): Promise<void> {
  const model = state.type === 'Task' && mode !== 'NONE' ? answerModel(state.resource) : null;
  const shape = model === null ? null : await models.answerOf(model.service, model.operation);
  if (shape === null) return;
  const problem = mockAnswerProblem(output, shape, mode === 'STRICT');
  if (problem !== null) throw invalid(`Mock result schema validation error: ${problem}`);
}
