/**
 * Limits of the wire, named after AWS's quota where there is one. Lengths of members count UTF-16 units, as the
 * service's own constraints do; byte limits count UTF-8.
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export const QUOTAS = {
  /** Of an execution's input. */
  inputBytes: 262_144,
  /** How deep the JSON of inputs and outputs may be nested. */
  jsonDepth: 1_000,
  /** Of a task's output, and of a state's. */
  outputBytes: 262_144,
  /** Of what GetActivityTask hands out. */
  activityInputLength: 1_048_576,
  definitionLength: 1_048_576,
  nameLength: 80,
  arnLength: 256,
  longArnLength: 2_000,
  errorLength: 256,
  causeLength: 32_768,
  taskTokenLength: 2_048,
  traceHeaderLength: 256,
  pageTokenLength: 1_024,
  executionsPageTokenLength: 3_096,
  /** Findings that ValidateStateMachineDefinition tells at most. */
  maxDiagnostics: 100,
  maxPageSize: 1_000,
  /** Where maxResults is absent or 0. */
  defaultPageSize: 100,
  /** How long a page token is good for, in milliseconds. */
  pageTokenLifeMs: 86_400_000,
  /** Of one GetExecutionHistory answer, so that a page of large events stays readable; a page may end early. */
  historyPageBytes: 8 * 1_048_576,
  connectionNameLength: 64,
  /** Of one account in one region. */
  connections: 3_000,
  /** Headers, query parameters and members of the body that a connection adds, each. */
  connectionParameters: 100,
  /** Of all that a connection keeps secret, with the names of it; a secret's in Secrets Manager. */
  connectionSecretBytes: 65_536,
  tags: 50,
  tagKeyLength: 128,
  tagValueLength: 256,
  versionDescriptionLength: 256,
  aliasDescriptionLength: 256,
  /** Of one state machine. */
  versions: 1_000,
  /** Of one state machine. */
  aliases: 100,
  /** Versions that an alias routes to. */
  aliasRoutes: 2,
  /** How long after its end an execution can be redriven, in milliseconds. */
  redrivableMs: 14 * 86_400_000,
  /** How long an execution may be open in all, in milliseconds. */
  executionMs: 365 * 86_400_000,
  /** An execution with so many events can no longer be redriven. */
  redrivableEvents: 24_999,
  /** Of one execution. */
  redrives: 1_000,
  /** Client tokens of RedriveExecution that are remembered, the latest, and for how many milliseconds. */
  redriveTokens: 10,
  redriveTokenLifeMs: 15 * 60_000,
  clientTokenLength: 64,
  /**
   * Of a request's body. AWS allows 1 MB; a definition of the allowed length does not fit into that once its quotes are
   * escaped, so this is twice as much.
   */
  requestBytes: 2 * 1_048_576,
  /** How long an Express execution may take, in milliseconds. */
  expressDurationMs: 300_000,
  /** How far a signature's time may lie from the server's, in milliseconds. */
  signatureSkewMs: 15 * 60_000,
  /** How long a presigned request may be good for, in milliseconds. */
  presignedMs: 7 * 86_400_000,
  /** Of an access key's policy, in characters; IAM's for inline policies of a role. */
  policyLength: 10_240,
  /** How long TestState lets a state run, in milliseconds. */
  testStateMs: 300_000,
  /** Pollers of one activity at once. */
  activityPollers: 1_000,
  /** Of one account. */
  limiters: 100,
  /** How long GetActivityTask waits for a task, in milliseconds. */
  activityPollMs: 60_000,
} as const;
