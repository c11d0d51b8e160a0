import type { LocalFunctions } from '@everstep/engine';
import type { AccessLevel, ArnScope } from '@everstep/protocol';

/** One request of the Lambda API, after the door. */
export interface LambdaCall {
  /** The functions that lie in the caller's account; null: there are none. */
  readonly functions: LocalFunctions | null;
  readonly scope: ArnScope;
  /** As the path has it: a name, a partial or a whole ARN; empty for operations on all functions. */
  readonly functionName: string;
  /** The name alone. */
  readonly name: string;
  /** Of the query, else of the function's name. */
  readonly qualifier: string | undefined;
  readonly body: Buffer;
  readonly query: ReadonlyMap<string, string>;
  readonly header: (name: string) => string | undefined;
  readonly requestId: string;
}

export interface LambdaAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
}

/** What the Lambda API can do here. https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
export interface LambdaOperation {
  readonly name: string;
  /** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
  readonly action: string;
  readonly level: AccessLevel;
  readonly method: 'GET' | 'POST';
  /** `:functionName` is a part of the path. */
  readonly path: string;
  answer(call: LambdaCall): Promise<LambdaAnswer>;
}
