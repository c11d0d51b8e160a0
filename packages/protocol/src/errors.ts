/**
 * The one catalogue of API errors: AWS's codes, the HTTP status each has on the wire, and room for the members some of
 * them carry. Codes from the API models of Step Functions and of EventBridge's connections, and AWS's common errors
 * (https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html).
 */
const STATUS = {
  AccessDeniedException: 400,
  ActivityAlreadyExists: 400,
  ActivityDoesNotExist: 400,
  ApprovalClosed: 400,
  ApprovalConflict: 400,
  ApprovalDoesNotExist: 400,
  ActivityLimitExceeded: 400,
  ActivityWorkerLimitExceeded: 400,
  ConcurrentModificationException: 400,
  ConflictException: 400,
  ExecutionAlreadyExists: 400,
  ExecutionDoesNotExist: 400,
  ExecutionLimitExceeded: 400,
  ExecutionNotRedrivable: 400,
  ExpiredTokenException: 400,
  IncompleteSignatureException: 400,
  InternalFailure: 500,
  InvalidArn: 400,
  InvalidDefinition: 400,
  InvalidEncryptionConfiguration: 400,
  InvalidExecutionInput: 400,
  InvalidLoggingConfiguration: 400,
  InvalidName: 400,
  InvalidOutput: 400,
  InvalidSignatureException: 400,
  InvalidToken: 400,
  InvalidTracingConfiguration: 400,
  KmsAccessDeniedException: 400,
  KmsInvalidStateException: 400,
  LimitExceededException: 400,
  MissingAuthenticationTokenException: 400,
  MissingRequiredParameter: 400,
  ResourceAlreadyExistsException: 400,
  ResourceNotFound: 400,
  ResourceNotFoundException: 400,
  RequestEntityTooLargeException: 413,
  SerializationException: 400,
  ServiceQuotaExceededException: 402,
  ServiceUnavailable: 503,
  StateMachineAlreadyExists: 400,
  StateMachineDeleting: 400,
  StateMachineDoesNotExist: 400,
  StateMachineLimitExceeded: 400,
  StateMachineTypeNotSupported: 400,
  TaskDoesNotExist: 400,
  TaskTimedOut: 400,
  ThrottlingException: 400,
  TooManyTags: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  ValidationException: 400,
} as const;

export type ApiErrorCode = keyof typeof STATUS;

export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly status: number;
  /** Further members of the error's shape, such as `reason` of ValidationException. */
  readonly members: Readonly<Record<string, string>>;

  constructor(code: ApiErrorCode, message: string, members: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = STATUS[code];
    this.members = members;
  }
}

const MODEL = 'com.amazonaws.swf.service.v2.model#';
const COMMON = 'com.amazon.coral.service#';
const COMMON_CODES: ReadonlySet<ApiErrorCode> = new Set<ApiErrorCode>([
  'AccessDeniedException',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InternalFailure',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'RequestEntityTooLargeException',
  'SerializationException',
  'ServiceUnavailable',
  'ThrottlingException',
  'UnknownOperationException',
  'UnrecognizedClientException',
]);

/** The body of an error's answer: JSON text. SDKs drop the prefix of `__type` and build their typed error from the rest. */
export function errorBody(error: ApiError): string {
  const prefix = COMMON_CODES.has(error.code) ? COMMON : MODEL;
  return JSON.stringify({ __type: `${prefix}${error.code}`, message: error.message, ...error.members });
}
