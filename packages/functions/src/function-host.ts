import {
  type FunctionAnswer,
  type FunctionInvocation,
  type FunctionInvoker,
  FunctionServiceError,
  type Logger,
} from '@everstep/engine';
import { randomUUID } from 'node:crypto';
import { type FunctionDefinition, listFunctions, readFunction } from './function-definition.ts';
import { FunctionPool } from './function-pool.ts';

export interface FunctionHostOptions {
  /** One folder a function. */
  readonly functionsDir: string;
  readonly region: string;
  readonly accountId: string;
  readonly logger: Logger;
  /** What manifests may name; default: the server's. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface FunctionHost extends FunctionInvoker {
  list(): Promise<string[]>;
}

export function createFunctionHost(options: FunctionHostOptions): FunctionHost {
  return new Host(options);
}

/** The Lambda of this world: a folder of handlers, each run in processes of its own. */
class Host implements FunctionHost {
  readonly #options: FunctionHostOptions;
  readonly #pools = new Map<string, FunctionPool>();

  constructor(options: FunctionHostOptions) {
    this.#options = options;
  }

  list(): Promise<string[]> {
    return listFunctions(this.#options.functionsDir);
  }

  async invoke(invocation: FunctionInvocation): Promise<FunctionAnswer> {
    const requestId = randomUUID();
    const { name, qualifier } = parseFunctionName(invocation.functionName, invocation.qualifier);
    const definition = await readFunction(this.#options.functionsDir, name, this.#options.environment ?? process.env);
    const functionArn = this.#arn(name);
    if (definition === null || (qualifier !== '$LATEST' && qualifier !== undefined)) {
      const message = `Function not found: ${functionArn}:${qualifier ?? '$LATEST'}`;
      throw new FunctionServiceError('ResourceNotFoundException', 404, requestId, message);
    }
    const answer = { statusCode: 200, executedVersion: '$LATEST', requestId };
    if (invocation.invocationType === 'DryRun') return { ...answer, statusCode: 204, payload: '' };
    const result = this.#pool(definition).invoke({ invocation, requestId, functionArn });
    if (invocation.invocationType === 'Event') {
      result.catch((error: unknown) => {
        this.#options.logger.error({ err: error, functionName: name }, 'an asynchronous invocation failed');
      });
      return { ...answer, statusCode: 202, payload: '' };
    }
    const { ok, payload } = await result;
    return ok ? { ...answer, payload } : { ...answer, payload, functionError: 'Unhandled' };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    this.#pools.clear();
  }

  #pool(definition: FunctionDefinition): FunctionPool {
    const known = this.#pools.get(definition.name);
    if (known !== undefined) {
      known.use(definition);
      return known;
    }
    const pool = new FunctionPool(definition, this.#options.region, this.#options.logger);
    this.#pools.set(definition.name, pool);
    return pool;
  }

  #arn(name: string): string {
    return `arn:aws:lambda:${this.#options.region}:${this.#options.accountId}:function:${name}`;
  }
}

/** Takes `name`, `name:qualifier`, `account:function:name` and whole ARNs. */
export function parseFunctionName(text: string, qualifier?: string): { name: string; qualifier: string | undefined } {
  const parts = text.split(':');
  const marker = parts.lastIndexOf('function');
  const [name = '', own] = marker >= 0 ? parts.slice(marker + 1) : parts;
  return { name, qualifier: qualifier ?? own };
}
