import { boolean, integer, oneOf, required, string, structure } from '../constraints.ts';
import { ApiError } from '../errors.ts';
import { defineOperation } from '../operation.ts';
import { QUOTAS } from '../quotas.ts';
import { ARN, DEFINITION, SENSITIVE_CAUSE, SENSITIVE_DATA, SENSITIVE_ERROR } from '../shapes.ts';
import { requireRoleArn } from './create-state-machine.ts';

export type InspectionLevel = 'INFO' | 'DEBUG' | 'TRACE';
export type FieldValidationMode = 'STRICT' | 'PRESENT' | 'NONE';

export interface MockInput {
  /** JSON text. */
  readonly result?: string;
  readonly errorOutput?: { readonly error?: string; readonly cause?: string };
  /** STRICT where absent. */
  readonly fieldValidationMode?: FieldValidationMode;
}

export interface TestStateConfiguration {
  /** Retries that the retrier which takes the mocked error has made already. */
  readonly retrierRetryCount?: number;
  /** The state in a Map or Parallel in which the mocked error arose. */
  readonly errorCausedByState?: string;
  readonly mapIterationFailureCount?: number;
  /** What a Distributed Map's ItemReader finds, as it stands in its source. */
  readonly mapItemReaderData?: string;
}

/** `input`, `variables` and `context` are JSON text. */
export interface TestStateInput {
  readonly definition: string;
  readonly roleArn?: string;
  readonly input?: string;
  readonly inspectionLevel?: InspectionLevel;
  readonly revealSecrets?: boolean;
  readonly variables?: string;
  /** Then `definition` is a whole machine's. */
  readonly stateName?: string;
  readonly mock?: MockInput;
  readonly context?: string;
  readonly stateConfiguration?: TestStateConfiguration;
}

export interface InspectionErrorDetails {
  readonly catchIndex?: number;
  readonly retryIndex?: number;
  readonly retryBackoffIntervalSeconds?: number;
}

/** The request of an HTTP Task; `headers` as `[name: value, …]`. */
export interface InspectionDataRequest {
  readonly protocol?: string;
  readonly method?: string;
  readonly url?: string;
  readonly headers?: string;
  readonly body?: string;
}

export interface InspectionDataResponse {
  readonly protocol?: string;
  readonly statusCode?: string;
  readonly statusMessage?: string;
  readonly headers?: string;
  readonly body?: string;
}

/** Values are JSON text. */
export interface InspectionData {
  readonly input?: string;
  readonly afterArguments?: string;
  readonly afterInputPath?: string;
  readonly afterParameters?: string;
  readonly result?: string;
  readonly afterResultSelector?: string;
  readonly afterResultPath?: string;
  readonly afterItemsPath?: string;
  readonly afterItemsPointer?: string;
  readonly afterItemSelector?: string;
  readonly afterItemBatcher?: string;
  readonly variables?: string;
  readonly errorDetails?: InspectionErrorDetails;
  readonly toleratedFailureCount?: number;
  readonly toleratedFailurePercentage?: number;
  readonly maxConcurrency?: number;
  /** With TRACE, of an HTTP Task. */
  readonly request?: InspectionDataRequest;
  readonly response?: InspectionDataResponse;
}

export interface TestStateOutput {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'RETRIABLE' | 'CAUGHT_ERROR';
  /** JSON text. */
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly nextState?: string;
  /** With DEBUG and TRACE. */
  readonly inspectionData?: InspectionData;
}

const STATE_NAME = string({ min: 1, max: QUOTAS.nameLength, sensitive: true });

const MOCK = structure<MockInput>((member) => ({
  result: member('result', SENSITIVE_DATA),
  errorOutput: member(
    'errorOutput',
    structure((output) => ({ error: output('error', SENSITIVE_ERROR), cause: output('cause', SENSITIVE_CAUSE) })),
  ),
  fieldValidationMode: member('fieldValidationMode', oneOf<FieldValidationMode>(['PRESENT', 'STRICT', 'NONE'])),
}));

const STATE_CONFIGURATION = structure<TestStateConfiguration>((member) => ({
  retrierRetryCount: member('retrierRetryCount', integer({ min: 0 })),
  errorCausedByState: member('errorCausedByState', STATE_NAME),
  mapIterationFailureCount: member('mapIterationFailureCount', integer({ min: 0 })),
  mapItemReaderData: member('mapItemReaderData', SENSITIVE_DATA),
}));

/**
 * What the members say about each other; what they say about the state is the engine's to check.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
 */
export const testState = defineOperation<TestStateInput, TestStateOutput>({
  name: 'TestState',
  members: (member) => ({
    definition: member('definition', required(DEFINITION, '')),
    roleArn: member('roleArn', ARN),
    input: member('input', SENSITIVE_DATA),
    inspectionLevel: member('inspectionLevel', oneOf<InspectionLevel>(['TRACE', 'INFO', 'DEBUG'])),
    revealSecrets: member('revealSecrets', boolean()),
    variables: member('variables', SENSITIVE_DATA),
    stateName: member('stateName', STATE_NAME),
    mock: member('mock', MOCK),
    context: member('context', SENSITIVE_DATA),
    stateConfiguration: member('stateConfiguration', STATE_CONFIGURATION),
  }),
  check(input) {
    if (input.roleArn !== undefined) requireRoleArn(input.roleArn);
    if (input.mock === undefined) checkWithoutMock(input);
    else checkMock(input.mock, input.revealSecrets === true);
  },
});

function checkWithoutMock({ context, stateConfiguration = {} }: TestStateInput): void {
  const given: ReadonlyArray<readonly [string, unknown]> = [
    ['Context', context],
    ['RetrierRetryCount', stateConfiguration.retrierRetryCount],
    ['ErrorCausedByState', stateConfiguration.errorCausedByState],
    ['MapIterationFailureCount', stateConfiguration.mapIterationFailureCount],
    ['MapItemReaderData', stateConfiguration.mapItemReaderData],
  ];
  const found = given.find(([, value]) => value !== undefined);
  if (found === undefined) return;
  throw invalid(`TestState does not support ${found[0]} when a mock is not specified.`);
}

function checkMock({ result, errorOutput }: MockInput, revealSecrets: boolean): void {
  if ((result === undefined) === (errorOutput === undefined)) {
    throw invalid('A test mock should have only one of the following fields: [result, errorOutput].');
  }
  if (errorOutput !== undefined && errorOutput.error === undefined) {
    throw invalid('A mocked errorOutput must have the field error.');
  }
  if (revealSecrets) throw invalid('TestState does not support RevealSecrets when a mock is specified.');
}

function invalid(message: string): ApiError {
  return new ApiError('ValidationException', message);
}
