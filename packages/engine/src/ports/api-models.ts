/**
 * The shapes of AWS's answers, as far as a mocked one can be held against them. Names are as Step Functions writes them:
 * `ExecutionArn`, where the service itself says `executionArn`. Blobs and timestamps are strings there.
 */
export type ApiShape =
  | {
      readonly type: 'string';
      readonly values?: readonly string[];
      readonly min?: number;
      readonly max?: number;
    }
  | { readonly type: 'number'; readonly min?: number; readonly max?: number }
  | { readonly type: 'boolean' }
  | { readonly type: 'list'; readonly member: () => ApiShape; readonly min?: number; readonly max?: number }
  | { readonly type: 'map'; readonly value: () => ApiShape }
  | {
      readonly type: 'structure';
      readonly members: ReadonlyMap<string, () => ApiShape>;
      readonly required: readonly string[];
    }
  /** Nothing is known about it. */
  | { readonly type: 'any' };

/** What is known about AWS's APIs on this machine. */
export interface ApiModels {
  /**
   * The answer of a service's operation; null: this machine knows nothing about it. `service` is spelt as after
   * `aws-sdk:` (`dynamodb`, `secretsmanager`), `operation` as in a Resource (`putItem`).
   */
  answerOf(service: string, operation: string): Promise<ApiShape | null>;
}
