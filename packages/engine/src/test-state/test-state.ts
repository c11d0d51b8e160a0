import {
  type ExecutionFacts,
  type JsonObject,
  JsonSyntaxError,
  type Json,
  type ScheduleTask,
  SingleStep,
  type TaskResult,
  isObject,
  parseJson,
} from '@everstep/language';
import { QUOTAS, type operations, stateMachineArn } from '@everstep/protocol';
import type { EngineContext } from '../context.ts';
import { isDeeperThan } from '../json-depth.ts';
import { performCall, taskRequest } from '../perform-call.ts';
import type { ApiModels } from '../ports/api-models.ts';
import type { IntegrationRegistry, TaskOutcome, WireExchange, WireTrace } from '../ports/integration.ts';
import { checkInput } from '../start-execution.ts';
import { contextProblem } from './mock-context.ts';
import { mockedResult } from './mock-result.ts';
import { stepReport } from './step-report.ts';
import { invalid, testedState } from './tested-state.ts';

/** What of an engine a tested state needs: nothing is stored. */
export type TestStateContext = Pick<EngineContext, 'ids' | 'clock' | 'logger' | 'settings'> & {
  readonly taskTokens: Pick<EngineContext['taskTokens'], 'keyOf'>;
};

/** Who performs the task of a state that is tested without a mock, and what is known of the APIs that mocks imitate. */
export interface TestStatePorts {
  readonly registry: IntegrationRegistry;
  readonly models: ApiModels;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/**
 * Executes one state by itself, by the code that executes machines; nothing of it is stored. Its task is really
 * performed where no mock stands for it, and it gets at most five minutes.
 * Errors: InvalidDefinition, InvalidExecutionInput, ValidationException.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
 */
export async function testState(
  context: TestStateContext,
  ports: TestStatePorts,
  request: operations.TestStateInput,
): Promise<operations.TestStateOutput> {
  const state = testedState(request);
  const mocked = request.mock === undefined ? null : await mockedResult(state, request.mock, ports.models);
  const input = request.input ?? '{}';
  checkInput(input);
  const variables = readObject(request.variables, 'Invalid variables provided: they must be a valid JSON object');
  const facts = await testFacts(context, request.roleArn ?? '', input);
  const { retrierRetryCount, mapItemReaderData, mapIterationFailureCount } = request.stateConfiguration ?? {};
  const step = new SingleStep({
    state,
    facts,
    input: parseJson(input),
    ...(variables === null ? {} : { variables }),
    context: readContext(request.context),
    retryCount: retrierRetryCount ?? 0,
    readerData: mapItemReaderData ?? null,
  });
  if (mocked !== null) answerMocked(context, step, mocked, mapIterationFailureCount ?? 0);
  const level = request.inspectionLevel ?? 'INFO';
  let exchange: WireExchange | null = null;
  const trace: WireTrace = {
    revealSecrets: request.revealSecrets === true,
    note(seen) {
      exchange = seen;
    },
  };
  if (mocked === null) await goOn(context, ports, { step, facts, ...(level === 'TRACE' ? { trace } : {}) });
  return stepReport(step.inspection, { input, variables, level, exchange });
}

function readObject(text: string | undefined, problem: string): JsonObject | null {
  if (text === undefined) return null;
  if (isDeeperThan(text, QUOTAS.jsonDepth)) throw invalid(problem);
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw invalid(problem);
  }
  if (!isObject(value)) throw invalid(problem);
  return value;
}

function readContext(text: string | undefined): JsonObject | null {
  const context = readObject(text, 'Invalid Context object provided: it must be a valid JSON object');
  const problem = context === null ? null : contextProblem(context);
  if (problem !== null) throw invalid(`Invalid Context object provided: ${problem}`);
  return context;
}

/** The execution that the state finds itself in: of an Express machine of its own, as in AWS. */
async function testFacts(context: TestStateContext, roleArn: string, input: string): Promise<ExecutionFacts> {
  const { ids, clock, settings, taskTokens } = context;
  const now = clock.now();
  const [stateMachineName, name] = [ids.uuid(), ids.uuid()];
  const executionId = ids.executionId(now);
  const arn = stateMachineArn(settings, stateMachineName);
  return {
    executionId,
    executionArn: `${arn.replace(':stateMachine:', ':express:')}:${name}`,
    name,
    stateMachineArn: arn,
    stateMachineName,
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    roleArn,
    region: settings.region,
    startTime: now,
    input,
    tokenKey: await taskTokens.keyOf(executionId),
  };
}

function answerMocked(context: TestStateContext, step: SingleStep, mocked: TaskResult, failures: number): void {
  // A field on the way in may have failed already.
  if (step.waiting === null) return;
  const { map } = step.inspection;
  const result = mocked.ok && map !== null && isTooMuch(failures, map) ? EXCEEDED : mocked;
  step.answer(result, context.clock.now());
}

const EXCEEDED: TaskResult = {
  ok: false,
  error: 'States.ExceedToleratedFailureThreshold',
  cause: 'The specified tolerated failure threshold was exceeded',
};

/** A Map that tolerates nothing in so many words is not failed by a count. */
function isTooMuch(failures: number, map: NonNullable<SingleStep['inspection']['map']>): boolean {
  const { itemCount, toleratedFailureCount: count, toleratedFailurePercentage: percentage } = map;
  if (count !== null && failures > count) return true;
  if (percentage === null || itemCount === null || itemCount === 0) return false;
  return (failures / itemCount) * 100 > percentage;
}

interface Stepping {
  readonly step: SingleStep;
  readonly facts: ExecutionFacts;
  readonly trace?: WireTrace;
}

/** Lets a state without a mock do what it does: its task is performed, its time passes. */
async function goOn(context: TestStateContext, ports: TestStatePorts, stepping: Stepping): Promise<void> {
  const { step, facts } = stepping;
  const { waiting } = step;
  const deadline = facts.startTime + QUOTAS.testStateMs;
  if (waiting?.kind === 'timer') {
    // Known to be too long: nobody has to wait for that.
    if (waiting.until > deadline) step.fail({ error: 'States.Timeout' });
    else {
      await context.clock.sleep(waiting.until - context.clock.now(), ports.signal);
      step.wake(waiting.until);
    }
  } else if (waiting?.kind === 'task') {
    const outcome = await perform(context, ports, { ...stepping, task: waiting.task, deadline });
    step.answer(outcome, context.clock.now());
  }
}

async function perform(
  context: TestStateContext,
  { registry, signal }: TestStatePorts,
  { facts, task, deadline, trace }: Stepping & { readonly task: ScheduleTask; readonly deadline: number },
): Promise<TaskResult> {
  const ended = new AbortController();
  const timeoutAt = Math.min(task.timeoutAt ?? deadline, deadline);
  const request = taskRequest({ facts }, { ...task, timeoutAt }, AbortSignal.any([signal, ended.signal]));
  const traced = trace === undefined ? request : { ...request, trace };
  const performed = performCall(context, { registry, mayAct: () => true }, traced);
  const late = context.clock.sleep(timeoutAt - context.clock.now(), request.signal).then(() => null);
  const outcome = await Promise.race([performed, late]);
  ended.abort();
  return outcome === null ? { ok: false, error: 'States.Timeout' } : resultOf(outcome);
}

function resultOf(outcome: TaskOutcome): TaskResult {
  if (outcome.type !== 'failed') return { ok: true, output: outcome.output };
  const { type: _type, ...failure } = outcome;
  return { ok: false, ...failure };
}
