import { randomBytes, randomUUID } from 'node:crypto';
import {
  type FunctionAnswer,
  type FunctionDescription,
  type FunctionInvocation,
  type FunctionLogPage,
  type FunctionLogQuery,
  FunctionServiceError,
  type LocalFunctions,
  type Logger,
} from '@everstep/engine';
import { functionArn, parseFunctionName } from '@everstep/protocol';
import { type FunctionDefinition, LATEST } from './function-definition.ts';
import { FunctionManifestError } from './function-manifest.ts';
import { FunctionPool, type PoolAnswer, type PoolOptions } from './function-pool.ts';
import { FunctionsFolder } from './functions-folder.ts';
import { runtimeName } from './launch.ts';
import { createProcessFunctionLogs, type FunctionLogs } from './logs/function-logs.ts';
import { ProcessBudget } from './process-budget.ts';

export interface FunctionHostOptions {
  /** One folder a function. */
  readonly functionsDir: string;
  readonly region: string;
  readonly accountId: string;
  readonly logger: Logger;
  /** What manifests may name; default: the server's. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Where what functions write goes; default: into the logger. */
  readonly logs?: FunctionLogs;
  /** How long what was read of a function is trusted, in milliseconds (0: its files are looked at every time). */
  readonly trustMs?: number;
  /** Processes of all functions together (100). */
  readonly maxProcesses?: number;
  readonly idleMs?: number;
}

const MAX_PROCESSES = 100;

export function createFunctionHost(options: FunctionHostOptions): LocalFunctions {
  return new FunctionHost(options);
}

/** The Lambda of this world: a folder of handlers, each run in processes of its own. */
class FunctionHost implements LocalFunctions {
  readonly #options: FunctionHostOptions;
  readonly #folder: FunctionsFolder;
  readonly #logs: FunctionLogs;
  readonly #poolOptions: PoolOptions;
  readonly #pools = new Map<string, FunctionPool>();

  constructor(options: FunctionHostOptions) {
    const { functionsDir, region, accountId, logger, environment = process.env, idleMs } = options;
    this.#options = options;
    this.#logs = options.logs ?? createProcessFunctionLogs(logger);
    const now = (): number => performance.now();
    this.#folder = new FunctionsFolder({ functionsDir, variables: environment, trustMs: options.trustMs ?? 0, now });
    const budget = new ProcessBudget(options.maxProcesses ?? MAX_PROCESSES);
    const shared = { region, accountId, logs: this.#logs, budget };
    this.#poolOptions = idleMs === undefined ? shared : { ...shared, idleMs };
  }

  async list(allVersions = false): Promise<FunctionDescription[]> {
    const entries = await this.#folder.list();
    return entries
      .filter(({ version }) => allVersions || version === LATEST)
      .map(({ name, version, definition }) => this.#describe(name, version, definition));
  }

  async describe(functionName: string, qualifier?: string): Promise<FunctionDescription | null> {
    const { name, qualifier: wanted } = parseFunctionName(functionName, qualifier);
    try {
      const definition = await this.#folder.find(name, wanted);
      return definition === null ? null : this.#describe(name, definition.version, definition);
    } catch (error) {
      if (!(error instanceof FunctionManifestError)) throw error;
      return this.#describe(name, wanted ?? LATEST, error);
    }
  }

  readLogs(query: FunctionLogQuery): Promise<FunctionLogPage | null> {
    return this.#logs.read(query);
  }

  async invoke(invocation: FunctionInvocation): Promise<FunctionAnswer> {
    const requestId = randomUUID();
    const { name, qualifier } = parseFunctionName(invocation.functionName, invocation.qualifier);
    const definition = await this.#find(name, qualifier, requestId);
    const traceId = invocation.traceId ?? newTraceId();
    const answer = { statusCode: 200, executedVersion: definition.version, requestId, traceId };
    if (invocation.invocationType === 'DryRun') return { ...answer, statusCode: 204, payload: '' };
    const { payload, executionArn, clientContext = null, signal } = invocation;
    const isEvent = invocation.invocationType === 'Event';
    const result = this.#pool(definition).invoke({
      ...{ requestId, functionArn: functionArn(this.#options, name, qualifier), payload, clientContext, traceId },
      ...(executionArn === undefined ? {} : { executionArn }),
      logTail: invocation.logTail === true,
      // Who only hands over an event does not wait for what becomes of it.
      signal: isEvent ? new AbortController().signal : signal,
    });
    if (isEvent) {
      this.#attend(result, { functionName: name, requestId, executionArn });
      return { ...answer, statusCode: 202, payload: '' };
    }
    const { ok, payload: text, logTail } = await result;
    return {
      ...answer,
      payload: text,
      ...(ok ? {} : { functionError: 'Unhandled' }),
      ...(logTail === undefined ? {} : { logResult: logTail }),
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    this.#pools.clear();
    await this.#logs.close();
  }

  async #find(name: string, qualifier: string | undefined, requestId: string): Promise<FunctionDefinition> {
    try {
      const definition = await this.#folder.find(name, qualifier);
      if (definition !== null) return definition;
    } catch (error) {
      if (!(error instanceof FunctionManifestError)) throw error;
      throw new FunctionServiceError('InvalidParameterValueException', 400, requestId, error.message);
    }
    const message = `Function not found: ${functionArn(this.#options, name, qualifier ?? LATEST)}`;
    throw new FunctionServiceError('ResourceNotFoundException', 404, requestId, message);
  }

  /** Nobody waits for an asynchronous invocation: what comes of it is in the log. */
  #attend(result: Promise<PoolAnswer>, facts: object): void {
    const { logger } = this.#options;
    result.then(
      ({ ok, payload }) => {
        if (!ok) logger.error({ ...facts, payload: payload.slice(0, 2_000) }, 'an asynchronous invocation failed');
      },
      (error: unknown) => logger.error({ err: error, ...facts }, 'an asynchronous invocation failed'),
    );
  }

  #pool(definition: FunctionDefinition): FunctionPool {
    const key = `${definition.name}@${definition.version}`;
    const known = this.#pools.get(key);
    if (known !== undefined) {
      known.use(definition);
      return known;
    }
    const pool = new FunctionPool(definition, this.#poolOptions);
    this.#pools.set(key, pool);
    return pool;
  }

  #describe(
    name: string,
    version: string,
    definition: FunctionDefinition | FunctionManifestError,
  ): FunctionDescription {
    const arn = functionArn(this.#options, name, version === LATEST ? undefined : version);
    const named = { functionName: name, functionArn: arn, version };
    if (definition instanceof FunctionManifestError) {
      return { ...UNKNOWN, ...named, problem: definition.message };
    }
    const { handler, description, memoryMb, timeoutSeconds, concurrency, aliases, files } = definition;
    return {
      ...named,
      ...{ handler, description, memoryMb, timeoutSeconds, concurrency, aliases },
      runtime: runtimeName(definition.runtime),
      modifiedAt: files.modifiedAt,
      codeBytes: files.bytes,
      codeStamp: files.stamp,
    };
  }
}

/** What is said of a function whose manifest cannot be read. */
const UNKNOWN = {
  ...{ runtime: '', handler: '', description: '', memoryMb: 0, timeoutSeconds: 0, concurrency: 0, aliases: {} },
  ...{ modifiedAt: 0, codeBytes: 0, codeStamp: '' },
};

/** An X-Ray trace that nobody records. */
function newTraceId(): string {
  const seconds = Math.floor(Date.now() / 1_000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Sampled=0`;
}
