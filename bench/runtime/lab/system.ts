import type { EngineSettings } from '@everstep/engine';
import { HttpClient, type HttpRequest } from './http-client.ts';
import type { Lab } from './lab.ts';
import type { RoleMessage, RoleSettings, Usage } from './messages.ts';
import { RoleProcess } from './role-process.ts';
import { createKey, signedRequest, type SigningOptions } from './signed-request.ts';

export interface SystemOptions {
  readonly workers?: number;
  readonly scheduler?: boolean;
  readonly engine?: Partial<EngineSettings>;
  /** Options of Node.js for the worker processes. */
  readonly workerOptions?: readonly string[];
  readonly apiOptions?: readonly string[];
  /** Where present, the API takes signed requests only. */
  readonly masterKey?: string;
  /** An existing, migrated database. */
  readonly databaseUrl?: string;
}

export interface Flow {
  readonly completed: number;
  readonly seconds: number;
  readonly perSecond: number;
}

export interface TokenSeen {
  readonly token: string;
  readonly at: number;
}

export function flowOf(completed: number, seconds: number): Flow {
  return { completed, seconds, perSecond: completed / seconds };
}

const CONNECTIONS = 64;
const ROLE_ARN = 'arn:aws:iam::123456789012:role/bench';
const PATIENCE_MS = 120_000;
let systems = 0;

/** Everstep as it is deployed: API, scheduler and workers in processes of their own, hints through BullMQ. */
export class System {
  readonly databaseUrl: string;
  readonly workers: RoleProcess[] = [];
  readonly #settings: RoleSettings;
  readonly #workerOptions: readonly string[];
  readonly #others: RoleProcess[] = [];
  readonly #ended = new Map<string, (at: number) => void>();
  readonly #tokens = new Map<string, (seen: TokenSeen) => void>();
  readonly #unclaimed = new Map<string, TokenSeen>();
  #client: HttpClient | null = null;
  #signing: SigningOptions | null = null;
  #names = 0;

  private constructor(settings: RoleSettings, workerOptions: readonly string[]) {
    this.databaseUrl = settings.databaseUrl;
    this.#settings = settings;
    this.#workerOptions = workerOptions;
  }

  static async open(lab: Lab, options: SystemOptions = {}): Promise<System> {
    const databaseUrl = options.databaseUrl ?? (await lab.createDatabase());
    systems += 1;
    const prefix = `{bench${systems}}`;
    const { masterKey } = options;
    const settings = {
      ...{ databaseUrl, redisUrl: lab.redis.url, prefix, engine: options.engine ?? {} },
      ...(masterKey === undefined ? {} : { masterKey }),
    };
    const system = new System(settings, options.workerOptions ?? []);
    const api = await system.#start('api', options.apiOptions);
    if (api.url === null) throw new Error('the API has no address');
    system.#client = new HttpClient(api.url, CONNECTIONS);
    if (masterKey !== undefined) {
      system.#signing = { host: system.host, credentials: await createKey(databaseUrl, masterKey) };
    }
    system.#others.push(api.process);
    if (options.scheduler !== false) system.#others.push((await system.#start('scheduler')).process);
    await system.scale(options.workers ?? 1);
    return system;
  }

  get host(): string {
    return this.client.host;
  }

  get client(): HttpClient {
    if (this.#client === null) throw new Error('the system is not open');
    return this.#client;
  }

  /** Starts or stops worker processes until there are so many. */
  async scale(workers: number): Promise<void> {
    while (this.workers.length < workers) {
      const { process } = await this.#start('worker', this.#workerOptions);
      this.workers.push(process);
    }
    await Promise.all(this.workers.splice(workers).map((worker) => worker.stop()));
  }

  async close(): Promise<void> {
    this.#client?.close();
    await this.scale(0);
    await Promise.all(this.#others.map((role) => role.stop()));
  }

  /** A state machine in JSONPath; answers its ARN. */
  async createMachine(name: string, states: object, more: { startAt?: string; type?: string } = {}): Promise<string> {
    const { startAt = Object.keys(states)[0], ...rest } = more;
    const definition = JSON.stringify({ StartAt: startAt, States: states });
    const answer = await this.call('CreateStateMachine', { name, definition, roleArn: ROLE_ARN, ...rest });
    return readText(answer, 'stateMachineArn');
  }

  async call(operation: string, input: object, prefix = 'AWSStepFunctions'): Promise<unknown> {
    const { status, text } = await this.client.send(await this.request(operation, input, prefix));
    if (status !== 200) throw new Error(`${operation} answered ${status}: ${text}`);
    return JSON.parse(text);
  }

  /** Signed where the API takes signed requests only. */
  async request(operation: string, input: object, prefix = 'AWSStepFunctions'): Promise<HttpRequest> {
    const target = `${prefix}.${operation}`;
    if (this.#signing !== null) return signedRequest(this.#signing, target, input);
    return { method: 'POST', path: '/', target, body: JSON.stringify(input) };
  }

  newName(): string {
    this.#names += 1;
    return `e${this.#names}`;
  }

  /** Resolves with the moment at which the end of an execution of that name was committed. */
  whenEnded(name: string): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#ended.set(name, resolve);
    return promise;
  }

  /** The next token of an execution's callback task, and when its task was performed. */
  whenToken(name: string): Promise<TokenSeen> {
    const seen = this.#unclaimed.get(name);
    this.#unclaimed.delete(name);
    if (seen !== undefined) return Promise.resolve(seen);
    const { promise, resolve } = Promise.withResolvers<TokenSeen>();
    this.#tokens.set(name, resolve);
    return promise;
  }

  async start(stateMachineArn: string, input: object = {}, name = this.newName()): Promise<string> {
    await this.call('StartExecution', { stateMachineArn, name, input: JSON.stringify(input) });
    return name;
  }

  /** Starts an execution through HTTP and waits for its committed end; milliseconds from the one to the other. */
  async once(stateMachineArn: string, input: object = {}): Promise<number> {
    const name = this.newName();
    const ended = this.whenEnded(name);
    const startedAt = performance.now();
    await this.start(stateMachineArn, input, name);
    await patiently(ended, `the end of ${name}`);
    return performance.now() - startedAt;
  }

  /** Keeps so many executions in flight for a while, and waits for the last; the whole time counts. */
  async flow(stateMachineArn: string, options: { inFlight: number; seconds: number }): Promise<Flow> {
    const startedAt = performance.now();
    const until = startedAt + options.seconds * 1_000;
    let completed = 0;
    const lane = async (): Promise<void> => {
      while (performance.now() < until) {
        await this.once(stateMachineArn);
        completed += 1;
      }
    };
    await Promise.all(Array.from({ length: options.inFlight }, lane));
    return flowOf(completed, (performance.now() - startedAt) / 1_000);
  }

  /** Sums over API, scheduler and the workers that run now. */
  async usage(question: 'usage' | 'collected-usage' = 'usage'): Promise<Usage> {
    const usages = await Promise.all([...this.#others, ...this.workers].map((role) => role.usage(question)));
    return usages.reduce(addUsages);
  }

  #start(name: 'api' | 'worker' | 'scheduler', options: readonly string[] = []) {
    return RoleProcess.start(name, this.#settings, (message) => this.#hear(message), options);
  }

  #hear(message: RoleMessage): void {
    if (message.kind === 'ended') {
      for (const name of message.names) {
        this.#ended.get(name)?.(message.at);
        this.#ended.delete(name);
      }
    } else if (message.kind === 'token') {
      const { name, token, at } = message;
      const resolve = this.#tokens.get(name);
      if (resolve === undefined) this.#unclaimed.set(name, { token, at });
      else resolve({ token, at });
      this.#tokens.delete(name);
    }
  }
}

/** Fails rather than waits for ever: then something was lost, or is far slower than anybody would measure. */
export async function patiently<T>(promise: Promise<T>, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), PATIENCE_MS);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function addUsages(left: Usage, right: Usage): Usage {
  return {
    cpuMicros: left.cpuMicros + right.cpuMicros,
    heapUsed: left.heapUsed + right.heapUsed,
    rss: left.rss + right.rss,
    batches: left.batches + right.batches,
    commits: left.commits + right.commits,
    events: left.events + right.events,
    rowBytes: left.rowBytes + right.rowBytes,
    historyBytes: left.historyBytes + right.historyBytes,
  };
}

export function readText(value: unknown, field: string): string {
  const members: Readonly<Record<string, unknown>> = typeof value === 'object' && value !== null ? { ...value } : {};
  const text = members[field];
  if (typeof text !== 'string') throw new Error(`an answer has no ${field}: ${JSON.stringify(value)}`);
  return text;
}
