import type { operations } from '@everstep/protocol';
import type { Connection } from './connection.ts';
import { callOwn } from './own-operations.ts';

const PAGE = 1000;

/** The operations on limiters, which are Everstep's own: servers of AWS know none. */
export class LimiterApi {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  put(input: operations.PutLimiterInput): Promise<operations.PutLimiterOutput> {
    return this.#call('PutLimiter', input, isObject<operations.PutLimiterOutput>);
  }

  describe(name: string): Promise<operations.DescribeLimiterOutput> {
    return this.#call('DescribeLimiter', { name }, isObject<operations.DescribeLimiterOutput>);
  }

  /** null: it is not there. */
  async find(name: string): Promise<operations.DescribeLimiterOutput | null> {
    try {
      return await this.describe(name);
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFound') return null;
      throw error;
    }
  }

  async change(operation: 'DeleteLimiter' | 'PauseLimiter' | 'ResumeLimiter', name: string): Promise<void> {
    await this.#call(operation, { name }, isObject);
  }

  async *list(): AsyncGenerator<operations.LimiterListItem> {
    let nextToken: string | undefined;
    do {
      const input = { maxResults: PAGE, nextToken };
      const page = await this.#call('ListLimiters', input, isObject<operations.ListLimitersOutput>);
      yield* page.limiters;
      ({ nextToken } = page);
    } while (nextToken !== undefined);
  }

  async *tasks(
    name: string,
    statusFilter: operations.LimiterTaskStatus | undefined,
  ): AsyncGenerator<operations.LimiterTaskListItem> {
    let nextToken: string | undefined;
    do {
      const input = { name, statusFilter, maxResults: PAGE, nextToken };
      const page = await this.#call('ListLimiterTasks', input, isObject<operations.ListLimiterTasksOutput>);
      yield* page.tasks;
      ({ nextToken } = page);
    } while (nextToken !== undefined);
  }

  async #call<Output>(operation: string, input: object, is: (answer: unknown) => answer is Output): Promise<Output> {
    const answer = await callOwn(this.#connection, operation, input);
    if (is(answer)) return answer;
    throw new Error(`${operation} answered ${JSON.stringify(answer)}`);
  }
}

/** The server of the same version wrote it. */
function isObject<Output>(answer: unknown): answer is Output {
  return typeof answer === 'object' && answer !== null;
}
