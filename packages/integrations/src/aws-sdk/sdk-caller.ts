import { OutcomeUnknownError, StoreUnavailableError, type TaskOutcome, type TaskRequest } from '@everstep/engine';
import { type JsonObject, isObject, jsonText } from '@everstep/language';
import { stepFunctionsName } from '../api-models/names.ts';
import { resultTooLarge } from '../result-limit.ts';
import { withAttemptKeys } from './attempt-keys.ts';
import { AnswerTooLargeError, type CommandResponse, observeResponse } from './response-guard.ts';
import { type AwsCredentials, type SdkClient, SdkClients, type SdkClientsOptions } from './sdk-clients.ts';
import { toSdkInput } from './sdk-input.ts';
import { type AnswerTimes, fromSdkOutput } from './sdk-output.ts';
import { SdkRoles, noStsText } from './sdk-roles.ts';
import { type SdkRefusal, readRefusal } from './sdk-refusal.ts';
import { operationSchema } from './sdk-schema.ts';

export type SdkCall =
  | { readonly type: 'answered'; readonly output: JsonObject; readonly response: CommandResponse }
  | { readonly type: 'refused'; readonly refusal: SdkRefusal }
  /** Nothing was sent, or what came is of no use, for a reason that is not the service's. */
  | { readonly type: 'failed'; readonly outcome: TaskOutcome };

/** Longer than Step Functions' own long poll, the longest of usual calls. */
const CALL_MS = 75_000;
/** Services whose calls last as long as what they run. */
const LONG_CALL_MS = 16 * 60_000;
const LONG_CALLS: ReadonlySet<string> = new Set(['lambda', 'bedrockruntime', 'sagemakerruntime']);

export interface SdkCallerOptions extends SdkClientsOptions {
  /** How long a call may take, in milliseconds (75,000, and 16 minutes for what runs code or models). */
  readonly callTimeoutMs?: number;
}

/** Calls an operation of an AWS service for a Task, through the SDK's client of it. */
export class SdkCaller {
  readonly #options: SdkCallerOptions;
  readonly #clients: SdkClients;
  /** null: no role can be assumed here. */
  readonly roles: SdkRoles | null;

  constructor(options: SdkCallerOptions) {
    this.#options = options;
    this.roles = SdkRoles.open(options);
    this.#clients = new SdkClients(options, this.roles);
  }

  /** `service` and `operation` as in an `aws-sdk:` Resource; `parameters` in Step Functions' capitalisation. */
  async call(
    request: TaskRequest,
    service: string,
    operation: string,
    parameters = request.parameters,
    times: AnswerTimes = 'text',
  ): Promise<SdkCall> {
    if (!isObject(parameters)) return unusable(`The Parameters of ${service}:${operation} must be an object.`);
    if (request.roleArn !== null && this.roles === null) return unusable(noStsText(request.roleArn));
    const client = await this.#clients.client(service, request.roleArn, accountOf(request.executionArn));
    if (client === null) return notInstalled(service, operation);
    const name = stepFunctionsName(operation);
    const schema = operationSchema(client.exported, name);
    const command = client.exported[`${name}Command`];
    if (schema === null || typeof command !== 'function') {
      return unusable(`The installed AWS SDK's client of '${service}' has no operation '${operation}'.`);
    }
    const keyed = withAttemptKeys(schema.input, { service, operation, parameters, attemptId: request.attemptId });
    const given = toSdkInput(schema.input, keyed);
    if (!given.ok) return unusable(couldNotStart(parameters, given.problems));
    const instance: unknown = Reflect.construct(command, [given.input]);
    const observed = observeResponse(instance);
    const deadline = AbortSignal.timeout(this.#timeoutMs(service));
    try {
      const answer = await client.send(instance, AbortSignal.any([request.signal, deadline]));
      return {
        type: 'answered',
        output: await fromSdkOutput(schema.output, answer, times),
        response: observed.response,
      };
    } catch (error) {
      return callFailure(request, client, deadline.aborted ? new TimedOutError() : error);
    }
  }

  /** What calls that no client makes are signed with: the machine's own, or a role's. Rejects where there is nothing. */
  async credentials(roleArn: string | null): Promise<AwsCredentials> {
    if (roleArn !== null && this.roles === null) throw new Error(noStsText(roleArn));
    const client = await this.#clients.client('sts', roleArn, '');
    if (client === null) throw new Error('Signing needs the package @aws-sdk/client-sts; install it beside Everstep.');
    return client.credentials();
  }

  /** The client itself, for who does not call for a Task; null: it is not installed. */
  client(service: string, roleArn: string | null): Promise<SdkClient | null> {
    return this.#clients.client(service, roleArn, '');
  }

  async close(): Promise<void> {
    await Promise.all([this.#clients.close(), this.roles?.close()]);
  }

  #timeoutMs(service: string): number {
    return this.#options.callTimeoutMs ?? (LONG_CALLS.has(service) ? LONG_CALL_MS : CALL_MS);
  }
}

/** The call's own time is over. */
class TimedOutError extends Error {
  override readonly name = 'TimeoutError';
  constructor() {
    super('Read timed out');
  }
}

function callFailure({ signal, resource }: TaskRequest, client: SdkClient, error: unknown): SdkCall {
  // The engine makes the call again where its own store was away.
  if (error instanceof StoreUnavailableError || error instanceof OutcomeUnknownError) throw error;
  // Nobody listens to a call that was ended.
  if (signal.aborted) return failed('States.TaskFailed', 'cancelled');
  if (error instanceof AnswerTooLargeError) return { type: 'failed', outcome: resultTooLarge(resource.service) };
  return { type: 'refused', refusal: readRefusal(client, error) };
}

function failed(error: string, cause: string): SdkCall {
  return { type: 'failed', outcome: { type: 'failed', error, cause } };
}

function unusable(cause: string): SdkCall {
  return failed('States.Runtime', cause);
}

function couldNotStart(parameters: JsonObject, problems: readonly string[]): string {
  return `The Parameters '${jsonText(parameters)}' could not be used to start the Task: [${problems.join(', ')}]`;
}

function notInstalled(service: string, operation: string): SdkCall {
  return unusable(
    `${service}:${operation} needs the AWS SDK's client of '${service}', a package @aws-sdk/client-…; install it beside Everstep.`,
  );
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}
