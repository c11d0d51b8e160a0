import type { Integration, JobOutcome, JobRequest, TaskOutcome, TaskRequest } from '@everstep/engine';
import { type Json, type JsonObject, isObject, jsonText, ownOperation, parameterProblems } from '@everstep/language';
import { resultTooLarge } from '../result-limit.ts';
import { bounded } from './bounded.ts';
import { asText } from './parameters.ts';
import {
  ServiceFailure,
  TooLargeError,
  UnusableError,
  causeOf,
  connectionFailed,
  isOfTheWay,
} from './service-failure.ts';
import type { TargetBase } from './target.ts';

/** One call of a service: its parameters are of their kinds, its target is there. */
export interface OwnCall<Target> {
  readonly name: string;
  readonly target: Target;
  readonly parameters: JsonObject;
  readonly request: TaskRequest;
  /** Aborted when nobody wants the answer any more, or its time is over. */
  readonly signal: AbortSignal;
}

export type OwnJobCall<Target> = Omit<OwnCall<Target>, 'request'> & { readonly request: JobRequest };

/** A service of the installation's own. */
export interface OwnService<Target extends TargetBase> {
  /** Before the dot of an error. */
  readonly prefix: string;
  readonly targets: ReadonlyMap<string, Target>;
  /** The parameter that names the target; by default `Target`. */
  readonly targetField?: string;
  /** `job`: what `poll` is asked about, with `.sync`. */
  call(call: OwnCall<Target>): Promise<{ readonly output: Json; readonly job?: Json }>;
  poll?(call: OwnJobCall<Target>): Promise<JobOutcome>;
  stop?(call: OwnJobCall<Target>): Promise<void>;
  /** What an error of its client means; null: nothing special. */
  failureOf?(error: unknown): ServiceFailure | null;
  /** A call was not answered in time: whatever is shared by the target's calls may be dead. */
  drop?(name: string): void;
  /** Whether the target can be reached and used; it throws what is wrong. */
  check(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface OwnIntegration extends Integration {
  /** What keeps a target from being used, as a task's error would say; null: it is there. */
  check(name: string): Promise<string | null>;
}

const NEVER = new AbortController().signal;
const CHECK_MS = 5_000;

/** What all of the installation's own services have in common: checks, targets, time, errors. */
export function createOwnIntegration<Target extends TargetBase>(service: OwnService<Target>): OwnIntegration {
  return {
    async check(name: string): Promise<string | null> {
      try {
        await bounded(NEVER, CHECK_MS, () => service.check(name));
        return null;
      } catch (error) {
        if (error instanceof UnusableError) return error.message;
        const { kind, message } = failureOf(service, error);
        return `${service.prefix}.${kind}: ${message}`;
      }
    },
    async perform(request: TaskRequest): Promise<TaskOutcome> {
      const done = await attempt(service, request, (call) => service.call(call));
      if (done.type === 'failed') return done.outcome;
      const { output, job } = done.value;
      if (request.resource.pattern === 'requestResponse') return { type: 'succeeded', output };
      return { type: 'submitted', output, ...(job === undefined ? {} : { job }) };
    },
    async poll(request: JobRequest): Promise<JobOutcome> {
      const done = await attempt(service, request, async (call) => service.poll?.({ ...call, request }));
      if (done.type === 'done' && done.value !== undefined) return done.value;
      if (done.type === 'done')
        return { type: 'failed', error: 'States.Runtime', cause: 'There is nothing to wait for.' };
      const { error, cause } = done.outcome;
      return done.isPassing ? { type: 'running', trouble: `${error}: ${cause}` } : { type: 'failed', error, cause };
    },
    async stop(request: JobRequest): Promise<void> {
      const done = await attempt(service, request, async (call) => service.stop?.({ ...call, request }));
      if (done.type === 'failed' && done.isPassing) throw new Error(done.outcome.cause);
    },
    close: () => service.close(),
  };
}

type Attempt<Value> =
  | { readonly type: 'done'; readonly value: Value }
  | {
      readonly type: 'failed';
      readonly outcome: TaskOutcome & { readonly type: 'failed' };
      /** A later try may do better. */
      readonly isPassing: boolean;
    };

async function attempt<Target extends TargetBase, Value>(
  service: OwnService<Target>,
  request: TaskRequest,
  work: (call: OwnCall<Target>) => Promise<Value>,
): Promise<Attempt<Value>> {
  let name: string | null = null;
  try {
    const call = prepared(service, request);
    ({ name } = call);
    const { timeoutMs } = call.target;
    const { signal: given, resource } = request;
    // A start that is broken off may have started a job all the same, and nobody would know which.
    const wanted = resource.pattern === 'sync' && !given.aborted ? NEVER : given;
    return { type: 'done', value: await bounded(wanted, timeoutMs, (signal) => work({ ...call, signal })) };
  } catch (error) {
    if (error instanceof UnusableError) return failed('States.Runtime', error.message);
    if (error instanceof TooLargeError) {
      return { type: 'failed', outcome: resultTooLarge(request.resource.service), isPassing: false };
    }
    const failure = failureOf(service, error);
    if (failure.kind === 'TimedOut' && name !== null) service.drop?.(name);
    const isPassing = ['ConnectionFailed', 'TimedOut'].includes(failure.kind);
    return failed(`${service.prefix}.${failure.kind}`, failure.message, isPassing);
  }
}

function failed(error: string, cause: string, isPassing = false): Attempt<never> {
  return { type: 'failed', outcome: { type: 'failed', error, cause }, isPassing };
}

function failureOf<Target extends TargetBase>(service: OwnService<Target>, error: unknown): ServiceFailure {
  if (error instanceof ServiceFailure) return error;
  const known = service.failureOf?.(error) ?? null;
  if (known !== null) return known;
  return isOfTheWay(error) ? connectionFailed(causeOf(error)) : new ServiceFailure('Error', causeOf(error));
}

function prepared<Target extends TargetBase>(
  service: OwnService<Target>,
  request: TaskRequest,
): Omit<OwnCall<Target>, 'signal'> {
  const { parameters, resource, executionArn, roleArn } = request;
  if (roleArn !== null)
    throw new UnusableError(`${resource.service} knows no roles: take Credentials out of the state.`);
  const operation = ownOperation(resource.service, resource.operation);
  if (!isObject(parameters) || operation === null) {
    throw new UnusableError(`The Parameters of ${resource.service}:${resource.operation} must be an object.`);
  }
  const problems = parameterProblems(operation, parameters).map(({ message }) => message);
  if (problems.length > 0) {
    const given = jsonText(parameters);
    throw new UnusableError(`The Parameters '${given}' could not be used to start the Task: [${problems.join(', ')}]`);
  }
  const name = asText(parameters[service.targetField ?? 'Target']);
  const target = service.targets.get(name);
  const account = executionArn.split(':')[4] ?? '';
  // One of another account looks as if it were not there.
  if (target === undefined || target.accounts?.includes(account) === false) {
    throw new UnusableError(
      `There is no target '${name}' of ${resource.service} here; EVERSTEP_TARGETS_FILE names the file where they stand.`,
    );
  }
  return { name, target, parameters, request };
}
