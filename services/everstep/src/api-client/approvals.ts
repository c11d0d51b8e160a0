import type { ApprovalListItem, ApprovalScope, operations } from '@everstep/protocol';
import type { Connection } from './connection.ts';
import { callOwn } from './own-operations.ts';

const PAGE = 200;

/** The operations on approvals, which are Everstep's own: servers of AWS know none. */
export class ApprovalApi {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async *list(query: {
    readonly scope: ApprovalScope;
    readonly status: 'OPEN' | 'CLOSED';
  }): AsyncGenerator<ApprovalListItem> {
    let nextToken: string | undefined;
    do {
      const input = { ...query, maxResults: PAGE, nextToken };
      const page = await this.#call('ListApprovals', input, isObject<operations.ListApprovalsOutput>);
      yield* page.approvals;
      ({ nextToken } = page);
    } while (nextToken !== undefined);
  }

  describe(approvalArn: string): Promise<operations.DescribeApprovalOutput> {
    return this.#call('DescribeApproval', { approvalArn }, isObject<operations.DescribeApprovalOutput>);
  }

  decide(input: operations.DecideApprovalInput): Promise<operations.DecideApprovalOutput> {
    return this.#call('DecideApproval', input, isObject<operations.DecideApprovalOutput>);
  }

  async claim(input: operations.ClaimApprovalInput): Promise<void> {
    await this.#call('ClaimApproval', input, isObject);
  }

  async release(input: operations.ReleaseApprovalInput): Promise<void> {
    await this.#call('ReleaseApproval', input, isObject);
  }

  async delegate(input: operations.DelegateApprovalInput): Promise<void> {
    await this.#call('DelegateApproval', input, isObject);
  }

  async comment(input: operations.CommentApprovalInput): Promise<void> {
    await this.#call('CommentApproval', input, isObject);
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
