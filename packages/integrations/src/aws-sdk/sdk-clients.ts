import { loadSdkExports, requireFromHere } from '../api-models/sdk-client.ts';
import { memberOf, textOf } from '../unknown-member.ts';
import { type BucketFoldersOptions, createS3OverFolders } from '../bucket-folders/s3-over-folders.ts';
import { type RequestHandler, createInProcessHandler } from './in-process-handler.ts';
import type { SdkRoles } from './sdk-roles.ts';
import type { StepFunctionsApi } from './step-functions-api.ts';

/** An installed client of the AWS SDK, ready to send. */
export interface SdkClient {
  /** What its package exports: commands, errors, schemas. */
  readonly exported: Readonly<Record<string, unknown>>;
  /** The service's id: `DynamoDB`, `Secrets Manager`. */
  readonly serviceId: string;
  send(command: unknown, signal: AbortSignal): Promise<unknown>;
  /** What it signs with. Rejects where there is nothing. */
  credentials(): Promise<AwsCredentials>;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** undefined: long-term ones. */
  readonly sessionToken: string | undefined;
}

export interface SdkClientsOptions {
  readonly region: string;
  /** Where the SDK's endpoint variables are read. */
  readonly environment: NodeJS.ProcessEnv;
  /** One endpoint for all services in place of the variables. */
  readonly endpoint?: string;
  /** How clients are found; those beside Everstep where absent. */
  readonly require?: NodeJS.Require;
  /** Step Functions itself: this installation; absent: like any other service. */
  readonly stepFunctions?: StepFunctionsApi;
  /** Folders that are the buckets of S3; absent: they are behind an endpoint, as everything else. */
  readonly bucketFolders?: BucketFoldersOptions;
}

/** Clients that are kept; the one used longest ago makes room. */
const MAX_CLIENTS = 64;
const CONNECT_MS = 5_000;
const MAX_SOCKETS = 200;

/** Of a client that never leaves the process. */
const IN_PROCESS = {
  endpoint: 'http://in-process',
  disableHostPrefix: true,
  credentials: { accessKeyId: 'in-process', secretAccessKey: 'in-process' },
};

/** The clients of AWS services, each loaded when it is first used. */
export class SdkClients {
  readonly #options: SdkClientsOptions;
  readonly #roles: SdkRoles | null;
  readonly #exports = new Map<string, Promise<SdkClient['exported'] | null>>();
  readonly #clients = new Map<string, Promise<SdkClient | null>>();
  readonly #bucketFolders: RequestHandler | null;

  /** `roles`: whose credentials a state may use; null: its own only. */
  constructor(options: SdkClientsOptions, roles: SdkRoles | null) {
    this.#options = options;
    this.#roles = roles;
    this.#bucketFolders = options.bucketFolders === undefined ? null : createS3OverFolders(options.bucketFolders);
  }

  /** By the name that `aws-sdk:` Resources use; null: no client of it is installed. */
  async client(service: string, roleArn: string | null, accountId: string): Promise<SdkClient | null> {
    const key = JSON.stringify([service, roleArn, this.#isOwn(service) ? accountId : null]);
    const known = this.#clients.get(key) ?? this.#open(service, roleArn, accountId);
    this.#clients.delete(key);
    this.#clients.set(key, known);
    for (const oldest of this.#clients.keys()) {
      if (this.#clients.size <= MAX_CLIENTS) break;
      this.#clients.delete(oldest);
    }
    const client = await known;
    // A package that is installed later is found without a restart.
    if (client === null) this.#clients.delete(key);
    return client;
  }

  async close(): Promise<void> {
    const open = [...this.#clients.values()];
    this.#clients.clear();
    for (const client of open) {
      const destroy = memberOf(await client, 'destroy');
      if (typeof destroy === 'function') Reflect.apply(destroy, undefined, []);
    }
  }

  async #open(service: string, roleArn: string | null, accountId: string): Promise<SdkClient | null> {
    const exported = await this.#load(service);
    const constructor = exported === null ? null : clientConstructor(exported);
    if (exported === null || constructor === null) return null;
    const instance: unknown = Reflect.construct(constructor, [this.#configuration(service, roleArn, accountId)]);
    return openClient(exported, instance);
  }

  #load(service: string): Promise<SdkClient['exported'] | null> {
    const known = this.#exports.get(service);
    if (known !== undefined) return known;
    const loading = loadSdkExports(service, this.#options.require ?? requireFromHere).then((exported) => {
      if (exported === null) this.#exports.delete(service);
      return exported;
    });
    this.#exports.set(service, loading);
    return loading;
  }

  #configuration(service: string, roleArn: string | null, accountId: string): Readonly<Record<string, unknown>> {
    const { region, stepFunctions, endpoint, environment } = this.#options;
    const shared = {
      region,
      // A repeated attempt is the execution's to decide (Retry): AWS's attempts are counted, and are one.
      maxAttempts: 1,
      // A queue's URL comes from the state: it names a queue, and never where signed requests go.
      useQueueUrlAsEndpoint: false,
    };
    if (stepFunctions !== undefined && this.#isOwn(service)) {
      return { ...shared, ...IN_PROCESS, requestHandler: createInProcessHandler(stepFunctions, accountId) };
    }
    if (service === 's3' && this.#bucketFolders !== null) {
      // Nothing is lost between this process and itself that a checksum could find.
      const checksums = { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' };
      return { ...shared, ...IN_PROCESS, ...checksums, forcePathStyle: true, requestHandler: this.#bucketFolders };
    }
    const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
    return {
      ...shared,
      // Compatible servers rarely have a name for every bucket.
      forcePathStyle: endpoint !== undefined || endpointOf('S3', environment) !== null,
      ...(endpoint === undefined ? {} : { endpoint }),
      requestHandler: { connectionTimeout: CONNECT_MS, httpAgent: agent, httpsAgent: agent },
      ...(roleArn === null || this.#roles === null ? {} : { credentials: this.#roles.credentials(roleArn) }),
    };
  }

  /** Whether a service is this installation itself, unless somebody names another place for it. */
  #isOwn(service: string): boolean {
    const { stepFunctions, environment } = this.#options;
    return service === 'sfn' && stepFunctions !== undefined && (environment['AWS_ENDPOINT_URL_SFN'] ?? '') === '';
  }
}

/** Where the SDK's variables say that a service is; null: AWS itself. */
export function endpointOf(service: string, environment: NodeJS.ProcessEnv): string | null {
  const own = environment[`AWS_ENDPOINT_URL_${service}`] ?? '';
  const all = environment['AWS_ENDPOINT_URL'] ?? '';
  return own !== '' ? own : all !== '' ? all : null;
}

function clientConstructor(exported: Readonly<Record<string, unknown>>): Function | null {
  for (const [name, value] of Object.entries(exported)) {
    if (/^[A-Z]\w*Client$/.test(name) && typeof value === 'function') return value;
  }
  return null;
}

function openClient(exported: SdkClient['exported'], instance: unknown): SdkClient & { destroy(): void } {
  const call = (name: string, values: readonly unknown[]): unknown => {
    const method = memberOf(instance, name);
    return typeof method === 'function' ? Reflect.apply(method, instance, values) : undefined;
  };
  return {
    exported,
    serviceId: textOf(memberOf(instance, 'config'), 'serviceId') ?? '',
    send: async (command, abortSignal) => call('send', [command, { abortSignal }]),
    credentials: async () => readCredentials(await provided(memberOf(memberOf(instance, 'config'), 'credentials'))),
    destroy: () => {
      call('destroy', []);
    },
  };
}

function provided(provider: unknown): unknown {
  return typeof provider === 'function' ? Reflect.apply(provider, undefined, []) : provider;
}

function readCredentials(given: unknown): AwsCredentials {
  const [accessKeyId, secretAccessKey] = [textOf(given, 'accessKeyId'), textOf(given, 'secretAccessKey')];
  if (accessKeyId === undefined || secretAccessKey === undefined) throw new Error('There are no AWS credentials.');
  return { accessKeyId, secretAccessKey, sessionToken: textOf(given, 'sessionToken') };
}
